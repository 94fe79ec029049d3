"""Importing the machine-learning libraries, each time in a fresh interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.errors import ModelRefused
from kiosk.speaker.encoders.torch_setup import _extension_stub, default_threads
from tests.support.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[3]


def run(script: str) -> Any:
    """Run a script with every warning an error, and return what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_everything_is_there_afterwards() -> None:
    found = run("""
import json, logging, sys, threading
logging.basicConfig(level=logging.INFO)  # SpeechBrain's chatter would appear on stderr
from kiosk.speaker.encoders.torch_setup import prepare_torch
thread = threading.Thread(target=prepare_torch, args=(1,))  # as the program does
thread.start()
thread.join()
prepare_torch(1)
import torch, torchaudio
from speechbrain.lobes.features import Fbank
failing = []
for name, module in list(sys.modules.items()):
    try:
        getattr(module, "__file__", None)
    except ImportError:
        failing.append(name)
import inspect
from torch import nn
inspect.getmodule(Fbank)
scipy = [name for name in sys.modules if name.partition(".")[0] == "scipy"]
import scipy.stats as statistics
print(json.dumps({
    "threads": torch.get_num_threads(),
    "features": list(Fbank(n_mels=40)(torch.zeros(1, 16000)).shape),
    "mel": torchaudio.functional.melscale_fbanks(201, 0.0, 8000.0, 40, 16000).shape[1],
    "failing": failing,
    "inference": "speechbrain.inference" in sys.modules,
    "scipy": scipy,
    "median": statistics.lognorm(0.5).median(),
}))
""")
    assert found == {
        "threads": 1,
        "features": [1, 101, 40],
        "mel": 40,
        "failing": [],
        "inference": False,  # needs packages and time that encoding does not
        "scipy": [],  # would take a quarter of the time, for what only training uses
        "median": 1.0,  # and is itself for whoever imports it afterwards
    }


def test_loading_opens_no_connection() -> None:
    found = run("""
import json, socket
attempts = []
def refuse(*arguments, **_more):
    attempts.append(str(arguments[-1]))
    raise OSError("no network here")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from pathlib import Path
import numpy as np
from kiosk.core.hearing.audio import AudioClip
from kiosk.resources import resources_dir
from kiosk.speaker.shelf import FolderModelShelf
from kiosk.speaker.vad_silero import SileroDetector
shelf = FolderModelShelf(resources_dir() / "models", Path("nowhere"), threads=1)
embedding = shelf.load("ecapa-kiosk-2").encode(AudioClip(np.ones(16000, dtype=np.float32)))
weights = resources_dir() / "speech-detector" / "weights.npz"
SileroDetector(weights).probabilities(np.zeros(512, dtype=np.float32))
print(json.dumps({"dim": embedding.dim, "attempts": attempts}))
""")
    assert found == {"dim": 192, "attempts": []}


def test_modules_import_nothing_heavy() -> None:
    found = run("""
import json, sys
import kiosk.speaker.encoders.ecapa, kiosk.speaker.shelf, kiosk.speaker.vad_silero
import kiosk.speaker.encoders.torch_setup, kiosk.speaker.encoders.weights
heavy = {"torch", "torchaudio", "speechbrain", "hyperpyyaml", "huggingface_hub"}
print(json.dumps(sorted(heavy & set(sys.modules))))
""")
    assert found == []


def test_libraries_that_do_not_load_are_refused_in_words() -> None:
    found = run("""
import json, sys
sys.modules["torch"] = None  # what the import system keeps for "not to be imported"
import pytest

from kiosk.core.errors import ModelRefused
from kiosk.speaker.encoders.torch_setup import prepare_torch
try:
    prepare_torch()
except ModelRefused as error:
    print(json.dumps([error.code, str(error)]))
""")
    code, text = found
    assert code == ModelRefused.code
    assert "cannot be loaded" in text
    assert "Install the program again" in text


def test_stand_in_of_the_native_part_refuses_what_it_cannot_do() -> None:
    stub = _extension_stub()

    def align() -> str:
        return "aligned"

    assert not stub._IS_TORCHAUDIO_EXT_AVAILABLE
    assert not stub._IS_ALIGN_AVAILABLE
    assert stub._check_cuda_version() is None
    refused = stub.fail_if_no_align(align)
    with pytest.raises(RuntimeError, match="align needs the native part"):
        refused()


def test_one_core_is_left_to_the_screen() -> None:
    assert default_threads() == max(1, (os.cpu_count() or 2) - 1)
