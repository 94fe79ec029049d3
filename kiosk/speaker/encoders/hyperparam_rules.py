"""Which classes a voice model may consist of, and within which bounds.

The bounds keep a crafted file from asking for more memory or time than any real model needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kiosk.core.errors import ModelRefused
from kiosk.core.hearing.audio import MODEL_RATE

Value = int | float | bool | str | Sequence[int] | None
Options = Mapping[str, Value]
Rule = Callable[[Value], bool]

FBANK: Final = "Fbank"
NORMALIZATION: Final = "InputNormalization"
NETWORK: Final = "ECAPA_TDNN"
CAMPPLUS: Final = "CAMPPlus"

CLASSES: Final[Mapping[str, str]] = {
    "speechbrain.lobes.features.Fbank": FBANK,
    "speechbrain.processing.features.InputNormalization": NORMALIZATION,
    "speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN": NETWORK,
    # The name in 3D-Speaker's own files; what is built is kiosk.speaker.encoders.campplus_network.
    "speakerlab.models.campplus.DTDNN.CAMPPlus": CAMPPLUS,
    # These appear in such files and are never built: an encoder classifies nothing.
    "speechbrain.lobes.models.ECAPA_TDNN.Classifier": "Classifier",
    "speechbrain.dataio.encoder.CategoricalEncoder": "CategoricalEncoder",
    "speechbrain.utils.parameter_transfer.Pretrainer": "Pretrainer",
    "torch.nn.Identity": "Identity",
}
"""Permitted ``!new:`` classes and the short names of :func:`checked_options`."""


def _whole(low: int, high: int) -> Rule:
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high


def _multiple(of: int, low: int, high: int) -> Rule:
    fits = _whole(low, high)
    return lambda v: fits(v) and isinstance(v, int) and v % of == 0


def _real(low: float, high: float) -> Rule:
    return lambda v: (
        isinstance(v, int | float)
        and not isinstance(v, bool)
        and math.isfinite(v)
        and low <= v <= high
    )


def _wholes(low: int, high: int) -> Rule:
    fits = _whole(low, high)
    return lambda v: (
        isinstance(v, Sequence)
        and not isinstance(v, str)
        and 3 <= len(v) <= 8
        and all(fits(item) for item in v)
    )


def _one_of(*values: Value) -> Rule:
    return lambda v: any(v == value and type(v) is type(value) for value in values)


_FLAG = _one_of(True, False)

_RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    FBANK: {
        "deltas": _FLAG,
        "context": _FLAG,
        "requires_grad": _FLAG,
        "sample_rate": _one_of(MODEL_RATE),
        "f_min": _real(0, MODEL_RATE / 2),
        "f_max": lambda v: v is None or _real(1, MODEL_RATE / 2)(v),
        "n_fft": _whole(64, 4096),
        "n_mels": _whole(8, 256),
        "filter_shape": _one_of("triangular", "rectangular", "gaussian"),
        "param_change_factor": _real(0, 10),
        "param_rand_factor": _one_of(0, 0.0),  # anything else would randomise the features
        "left_frames": _whole(0, 20),
        "right_frames": _whole(0, 20),
        "win_length": _real(5, 100),
        "hop_length": _real(2, 50),
    },
    NORMALIZATION: {
        "mean_norm": _one_of(True),
        "std_norm": _FLAG,
        "norm_type": _one_of("sentence", "global"),
        "length_dim": _one_of(1),
        "update_until_epoch": _whole(0, 1_000_000),
        "avoid_padding_norm": _FLAG,
        "epsilon": _real(0, 1),
        "device": _one_of("cpu"),
    },
    NETWORK: {
        "input_size": _whole(8, 4096),
        "device": _one_of("cpu"),
        "lin_neurons": _whole(8, 4096),
        "channels": _wholes(8, 4096),
        "kernel_sizes": _wholes(1, 9),
        "dilations": _wholes(1, 8),
        "attention_channels": _whole(1, 1024),
        "res2net_scale": _whole(1, 64),
        "se_channels": _whole(1, 1024),
        "global_context": _FLAG,
        "groups": _wholes(1, 64),
        "dropout": _real(0, 1),
    },
    CAMPPLUS: {
        "feat_dim": _multiple(8, 16, 256),
        "embedding_size": _whole(8, 4096),
        "growth_rate": _multiple(2, 2, 128),
        "bn_size": _whole(1, 8),
        "init_channels": _multiple(8, 8, 1024),
    },
}


def checked_options(kind: str, options: Options) -> Options:
    """Return the arguments of one class once each is known and within its bounds.

    Raises:
        ModelRefused: an argument is unknown, of another type or out of bounds; or lists that
            describe the layers of one network differ in length.
    """
    rules = _RULES[kind]
    for name, value in options.items():
        rule = rules.get(name)
        if rule is None or not rule(value):
            raise ModelRefused(f"{kind} of the voice model has a '{name}' that is not permitted.")
    lists = [v for v in options.values() if isinstance(v, Sequence) and not isinstance(v, str)]
    if len({len(layers) for layers in lists}) > 1:
        raise ModelRefused(f"The layers of {kind} of the voice model do not fit together.")
    return options
