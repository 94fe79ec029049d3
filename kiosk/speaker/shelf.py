"""The installed voice models: one folder each, the built-in ones and those of this kiosk."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.core.errors import ModelAltered, ModelMissing, ModelRefused
from kiosk.speaker.bundles.bundle import Bundle, hash_files
from kiosk.speaker.bundles.calibrations import read_calibrations
from kiosk.speaker.bundles.download import HUB, VOXCELEB, HubModel, fetch
from kiosk.speaker.bundles.unpack import copy_folder, unzip
from kiosk.speaker.encoders.loading import load_encoder
from kiosk.speaker.importing import complete, staging, try_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import numpy.typing as npt

    from kiosk.core.ports import ModelCard
    from kiosk.core.voice.calibration import Calibration
    from kiosk.speaker.encoders.encoder import ClipEncoder

    Progress = Callable[[str, float], None]

_UNKNOWN_LICENCE = "not stated by the source"


class FolderModelShelf:
    """Voice models in folders; a :class:`~kiosk.core.ports.ModelShelf`."""

    def __init__(
        self,
        builtin: Path,
        user: Path,
        *,
        threads: int | None = None,
        hub_model: HubModel = VOXCELEB,
        hub_endpoint: str = HUB,
    ) -> None:
        """Look at nothing yet.

        Args:
            builtin: folder with the models that are shipped with the program; only read.
            user: folder for installed models; made on the first installation, mode 0700.
            threads: threads of one encoding; None for all cores but one.
            hub_model: the only model that can be downloaded from the hub.
            hub_endpoint: address of the hub, or of a mirror of it.
        """
        self._builtin = builtin
        self._user = user
        self._threads = threads
        self._hub_model = hub_model
        self._hub_endpoint = hub_endpoint
        self._calibrations: tuple[Calibration, ...] | None = None

    def models(self) -> list[ModelCard]:
        """Return what is installed; unreadable folders are left out.

        The built-in ones come first, and among them the ECAPA-TDNN, the kiosk's first encoder.
        """
        cards: dict[str, ModelCard] = {}
        for bundle, builtin in self._bundles():
            card = bundle.card(builtin=builtin)
            cards.setdefault(card.model_id, card)  # nobody can stand in for a built-in model
        return list(cards.values())

    def card(self, model_id: str) -> ModelCard:
        """Return one model.

        Raises:
            ModelMissing: it is not installed.
        """
        bundle, builtin = self._find(model_id)
        return bundle.card(builtin=builtin)

    def load(self, model_id: str) -> ClipEncoder:
        """Verify every file of a model, then load it. Never touches the network.

        Raises:
            ModelMissing: it is not installed.
            ModelAltered: a file differs from the manifest.
            ModelRefused: it is not a model that this program loads.
        """
        bundle, builtin = self._find(model_id)
        return load_encoder(bundle, builtin=builtin, threads=self._threads)

    def cohort(self, model_id: str) -> npt.NDArray[np.float32] | None:
        """Return how a model hears other people, one embedding each; None when it has none.

        Raises:
            ModelMissing, ModelAltered, ModelRefused: see :meth:`load`.
        """
        return self._find(model_id)[0].cohort()

    def calibrations(self) -> tuple[Calibration, ...]:
        """Return what was measured about the built-in models, read once.

        Raises:
            ModelRefused: it cannot be read.
        """
        if self._calibrations is None:
            self._calibrations = read_calibrations(self._builtin.parent / "calibrations")
        return self._calibrations

    def install(self, source: str, progress: Progress) -> ModelCard:
        """Install a folder, a ZIP file or a named download; the only use of the network.

        What is installed already is left as it is, and its card returned; damaged, it is replaced.

        Args:
            source: path of a folder or a ZIP file, or the name of the download,
                ``speechbrain/spkrec-ecapa-voxceleb``; or the ID of a built-in model.
            progress: called with a phrase and the share done in [0, 1].

        Raises:
            ModelAltered: a file differs from the manifest that came with it.
            ModelRefused: the source is not such a model.
            ModelDownloadFailed: the download did not complete; it is resumed the next time.
        """
        path = Path(source).expanduser()
        if source == self._hub_model.name and not path.exists():
            return self._install_download(progress)
        if path.exists():
            return self._install_files(path.resolve(), progress)
        for card in self.models():
            if card.builtin and card.model_id == source:
                progress("Already installed", 1.0)
                return card
        raise ModelRefused(
            f"There is no folder or file {source}.",
            hint=f"Name a folder, a ZIP file or {self._hub_model.name}.",
        )

    def _install_download(self, progress: Progress) -> ModelCard:
        model = self._hub_model
        for bundle, builtin in self._bundles():
            if model.files.items() <= bundle.manifest.files.items():
                bundle.verify()
                progress("Already installed", 1.0)
                return bundle.card(builtin=builtin)
        folder = self._user / f".download-{model.revision[:12]}" / model.name.rpartition("/")[2]
        fetch(
            model,
            folder,
            lambda share: progress("Downloading", 0.8 * share),
            endpoint=self._hub_endpoint,
        )
        card = self._install_files(
            folder, lambda phrase, share: progress(phrase, 0.8 + 0.2 * share)
        )
        shutil.rmtree(folder.parent, ignore_errors=True)
        return card

    def _install_files(self, path: Path, progress: Progress) -> ModelCard:
        with staging(self._user) as stage:
            copy = copy_folder if path.is_dir() else unzip
            copy(path, stage, lambda share: progress("Copying", 0.5 * share))
            name = path.name if path.is_dir() else path.stem
            licence, source = self._origin(stage)
            bundle = complete(stage, name, licence=licence, source=source)
            known = self._installed(bundle)
            if known is not None:
                progress("Already installed", 1.0)
                return known
            return self._adopt(stage, bundle, progress)

    def _adopt(self, stage: Path, bundle: Bundle, progress: Progress) -> ModelCard:
        """Try a staged model out and move it to its place."""
        progress("Trying it out", 0.6)
        try_out(bundle, self._threads)
        target = self._user / bundle.manifest.model_id
        try:
            _put(stage, target)
        except OSError as exc:
            raise ModelRefused(
                f"The model cannot be put at {target}.",
                hint="Remove what lies there and install again.",
            ) from exc
        progress("Installed", 1.0)
        return Bundle(target, bundle.manifest).card(builtin=False)

    def _origin(self, stage: Path) -> tuple[str, str | None]:
        """Return licence and source: known when the files are those of the hub, to the byte."""
        model = self._hub_model
        if model.files.items() <= hash_files(stage).items():
            return model.licence, f"{model.name} at {model.revision}"
        return _UNKNOWN_LICENCE, None

    def _installed(self, fresh: Bundle) -> ModelCard | None:
        """Return the card of the same model when it is installed and undamaged.

        Raises:
            ModelAltered: it is a damaged one of the program's own, which is not written to.
            ModelRefused: another model is installed under its identity.
        """
        model_id = fresh.manifest.model_id
        for bundle, builtin in self._bundles():
            if bundle.manifest.model_id != model_id:
                continue
            if bundle.manifest.files != fresh.manifest.files:
                raise _identity_taken(model_id)
            try:
                bundle.verify()
            except ModelAltered:
                if builtin:
                    raise
                return None
            return bundle.card(builtin=builtin)
        return None

    def _find(self, model_id: str) -> tuple[Bundle, bool]:
        for bundle, builtin in self._bundles():
            if bundle.manifest.model_id == model_id:
                return bundle, builtin
        if any(folder.name == model_id for folder in _folders(self._user)):
            raise ModelAltered(f"manifest.json of voice model {model_id} cannot be used.")
        raise ModelMissing(f"The voice model {model_id} is not installed.")

    def _bundles(self) -> Iterator[tuple[Bundle, bool]]:
        """Yield the readable bundles, the built-in ones first, each group as :func:`_readable`."""
        for root, builtin in ((self._builtin, True), (self._user, False)):
            for bundle in _readable(root):
                yield bundle, builtin


def _identity_taken(model_id: str) -> ModelRefused:
    return ModelRefused(
        f"Another model with the identity {model_id} is installed.",
        hint="Rename the source, or remove the installed one.",
    )


def _readable(root: Path) -> list[Bundle]:
    """Return the readable bundles in a folder, ECAPA-TDNNs first, then by folder name."""
    found = []
    for folder in _folders(root):
        with suppress(ModelRefused):
            found.append(Bundle.open(folder))
    return sorted(found, key=lambda bundle: bundle.manifest.architecture != "ecapa")


def _folders(root: Path) -> list[Path]:
    """Return the folders in which a model may lie, by name."""
    try:
        found = sorted(path for path in root.iterdir() if not path.name.startswith("."))
        return [path for path in found if path.is_dir() and not path.is_symlink()]
    except OSError:
        return []


def _put(stage: Path, target: Path) -> None:
    """Move a finished model to its place; a damaged one that lies there makes room for it.

    Raises:
        OSError: it cannot be moved; what lay there is there again.
    """
    if target.is_symlink() or not target.is_dir():
        stage.rename(target)
        return
    with tempfile.TemporaryDirectory(
        prefix=".damaged-", dir=target.parent, ignore_cleanup_errors=True
    ) as aside:
        old = Path(aside) / target.name
        target.rename(old)
        try:
            stage.rename(target)
        except OSError:
            old.rename(target)
            raise
