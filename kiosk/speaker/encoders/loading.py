"""From a bundle to the encoder that its manifest names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.speaker.encoders.campplus import CampplusEncoder
from kiosk.speaker.encoders.ecapa import EcapaEncoder

if TYPE_CHECKING:
    from kiosk.speaker.bundles.bundle import Bundle
    from kiosk.speaker.encoders.encoder import ClipEncoder


def load_encoder(
    bundle: Bundle, *, builtin: bool = False, threads: int | None = None
) -> ClipEncoder:
    """Verify every file of a bundle, then load it and encode once.

    Args:
        bundle: the folder with its manifest.
        builtin: whether it is shipped with the program.
        threads: threads within one operation; None for all cores but one.

    Raises:
        ModelAltered: a file differs from the manifest.
        ModelRefused: it is not a model that this program loads.
    """
    kind = CampplusEncoder if bundle.manifest.architecture == "campplus" else EcapaEncoder
    return kind.from_bundle(bundle, builtin=builtin, threads=threads)
