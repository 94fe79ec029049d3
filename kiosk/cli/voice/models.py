"""Commands about voice models: ``kiosk model …``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.options import Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, percent_bar, say, show_facts, show_table
from kiosk.cli.session import open_kiosk
from kiosk.cli.visit import turning_away
from kiosk.cli.voice import likeness, reenrolling
from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from kiosk.core.ports import ModelCard
    from kiosk.services.facade import Kiosk
    from kiosk.services.preferences import Preferences

_BY_POLICY = " (see 'kiosk model policy')"
_DEFAULT = "default"
_NONE = "none"
_ARCHITECTURES = {"ecapa": "ECAPA-TDNN", "campplus": "CAM++"}


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="Install, list and choose voice models.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("install")(install)
    app.command("list")(list_)
    app.command("use")(use)
    app.command("also")(also)
    app.command("show")(show)
    # A threshold may begin with a minus, which must not be taken for an option.
    app.command("threshold", context_settings={"ignore_unknown_options": True})(threshold)
    app.command("policy")(policy)
    app.command("duplicates", context_settings={"ignore_unknown_options": True})(
        likeness.duplicates
    )
    app.command("adapt")(likeness.adapt)
    return app


def install(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A folder with a SpeechBrain ECAPA-TDNN or a bundle, or a ZIP file of one, or "
            "speechbrain/spkrec-ecapa-voxceleb to download.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Install a voice model without using it yet. The only command that may use the network."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        with percent_bar("Installing") as progress:
            card = kiosk.models.install(source, progress)
        roles = _Roles.of(kiosk)
    if as_json:
        answer(_facts(card, roles))
        return
    say(f"Installed {card.model_id}. Use it with 'kiosk model use {card.model_id}'.")
    if card.model_id == roles.second:
        say(
            "People enrolled from now on also get a voiceprint of it; 'kiosk model also none' "
            "ends that."
        )


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the installed voice models."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        cards, roles = kiosk.models.installed(), _Roles.of(kiosk)
    if as_json:
        answer({"models": [_facts(card, roles) for card in cards]})
        return
    show_table(
        ("In use", "Model", "Title", ">Dimensions", ">Threshold", "Licence"),
        [
            (
                roles.words(card),
                card.model_id,
                card.title,
                str(card.dim),
                f"{card.threshold:.3f}",
                card.licence,
            )
            for card in cards
        ],
    )


def use(
    ctx: typer.Context,
    model_id: Annotated[str, typer.Argument(metavar="MODEL", help="ID of an installed model.")],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Use this voice model from now on; it is loaded once to see that it works.

    Asks first where people cannot be verified with it until they enroll again.
    """
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kiosk.models.card(model_id)  # said before anybody is asked
        turning_away.ask_reenrollment(
            f"Use {model_id}?", lambda: kiosk.shut_outs.by_use(model_id), yes=yes
        )
        card = kiosk.models.use(model_id)
        found = reenrolling.found_in(kiosk)
        told = reenrolling.sentences(kiosk, found)
        roles = _Roles.of(kiosk)
    if as_json:
        facts = _facts(card, roles)
        answer({**facts, "reenroll": list(found.again), "weaker": list(found.weaker)})
        return
    say(f"{card.model_id} is in use.")
    if roles.second is not None:
        say(f"People are also enrolled with {roles.second}.")
    for sentence in told:
        say(sentence)


def also(
    ctx: typer.Context,
    model_id: Annotated[
        str | None,
        typer.Argument(metavar="MODEL", help="ID of an installed model, or 'none'."),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Show or set the second model: people are enrolled with it too; measured, it decides too.

    Asks first where people cannot be verified then until they enroll again.
    """
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        if model_id is not None:
            second = None if model_id == _NONE else kiosk.models.card(model_id).model_id
            if second != kiosk.models.chosen():  # refused below
                turning_away.ask_reenrollment(
                    f"Enroll people with {model_id}?" if second else "Use no second model?",
                    lambda: kiosk.shut_outs.by_also(second),
                    yes=yes,
                )
            kiosk.models.set_also(second)
        told = [] if as_json else reenrolling.sentences(kiosk, reenrolling.found_in(kiosk))
        roles = _Roles.of(kiosk)
    if as_json:
        answer({"model_id": roles.in_use, "also_enroll": roles.second})
        return
    if roles.second is None:
        say(f"People are enrolled with {roles.in_use} only.")
    else:
        say(f"People are enrolled with {roles.in_use} and {roles.second}.")
    for sentence in told:
        say(sentence)


def show(
    ctx: typer.Context,
    model_id: Annotated[
        str | None,
        typer.Argument(metavar="MODEL", help="ID of a model; the one in use by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what is known about a voice model."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        card = kiosk.models.card(model_id)
        roles = _Roles.of(kiosk)
        in_force, by_policy = kiosk.models.threshold(card), kiosk.models.calibrated(card.model_id)
    facts = _facts(card, roles)
    if as_json:
        answer({**facts, "threshold_in_force": in_force})
        return
    say(card.title, "bold")
    show_facts(
        [
            ("Model", card.model_id),
            ("In use", roles.words(card) or "no"),
            ("Architecture", _ARCHITECTURES.get(card.architecture, card.architecture)),
            ("Folder", str(card.folder)),
            ("Dimensions", str(card.dim)),
            ("Mean subtracted", "yes" if card.normalize else "no"),
            ("Threshold in force", f"{in_force:.3f}{_BY_POLICY if by_policy else ''}"),
            ("Cosine threshold of the model alone", f"{card.threshold:.3f}"),
            ("How it was found", card.threshold_basis),
            ("Licence", card.licence),
        ],
    )


def threshold(
    ctx: typer.Context,
    value: Annotated[
        str | None,
        typer.Argument(metavar="VALUE", help="A cosine score, or 'default' for the model's own."),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Show or set the cosine threshold of a model that was never calibrated.

    Asks first where people would be turned away.
    """
    wanted = None if value in (None, _DEFAULT) else _number(value or "")
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        card = kiosk.models.card()
        if kiosk.models.calibrated():
            raise InvalidInput(
                "The threshold of these voice models follows from the policy.",
                hint="Show or set it with 'kiosk model policy'.",
            )
        if value is not None:
            new = card.threshold if wanted is None else wanted
            turning_away.ask_threshold(
                kiosk,
                f"Raise the threshold to {new:g}?",
                lambda: new > kiosk.preferences.threshold(card),
                lambda now: now.below(new),
                yes=yes,
            )
            kiosk.preferences.set_threshold(card, wanted)
        _answer_threshold(kiosk, card, as_json=as_json)


def policy(
    ctx: typer.Context,
    one_in: Annotated[
        int | None,
        typer.Argument(metavar="ONE_IN", help="Accept at most one impostor in this many."),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Show or set how strict the check is: at most one impostor in this many (default 100).

    Asks first where people would be turned away.
    """
    from kiosk.services.voice.scoring import one_in_force, set_one_in

    def in_force(preferences: Preferences) -> int:
        with preferences.begin() as work:
            return one_in_force(work)

    # To set it no voice model is needed; what it means here is measured with one.
    with open_kiosk(options_of(ctx), until="storage" if one_in else "model") as kiosk:
        if not kiosk.models.calibrated():
            raise InvalidInput(
                "The voice model in use was never calibrated.",
                hint="Set a cosine with 'kiosk model threshold'.",
            )
        if one_in is not None:
            turning_away.ask_threshold(
                kiosk,
                f"Set 1 in {one_in:,}?",
                lambda: one_in > in_force(kiosk.preferences),
                lambda now: now.at(one_in),
                yes=yes,
            )
            set_one_in(kiosk.preferences, one_in)
        report = None if one_in else kiosk.site_reports.measure()
    if report is None:
        if as_json:
            answer({"one_in": one_in})
        else:
            say(f"At most 1 impostor in {one_in} is accepted.")
        return
    if as_json:
        answer(
            {
                "one_in": report.one_in,
                "people": report.people,
                "fmr": report.fmr,
                "bound": report.bound,
                "fnmr": report.fnmr,
                "people_needed": report.needed,
            }
        )
        return
    say(f"At most 1 impostor in {report.one_in} is accepted.")
    if report.fmr is None or report.bound is None:
        say("Until a second person is enrolled, this is based on measurements elsewhere.")
    else:
        say(
            f"Of the {report.people} people here as impostors to each other {report.fmr:.2%} were "
            f"accepted; with 95 % confidence it is at most {report.bound:.1%}."
        )
    if report.people < report.needed:
        say(f"To show 1 in {report.one_in} from this site alone takes {report.needed} people.")


def _answer_threshold(kiosk: Kiosk, card: ModelCard, *, as_json: bool) -> None:
    in_force = kiosk.preferences.threshold(card)
    if as_json:
        answer({"model_id": card.model_id, "threshold": in_force, "default": card.threshold})
    elif in_force == card.threshold:
        say(f"Threshold of {card.model_id}: {in_force:.3f} (the model's own)")
    else:
        say(f"Threshold of {card.model_id}: {in_force:.3f} (the model's own: {card.threshold:.3f})")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as exc:
        raise InvalidInput(
            f"The threshold {text} is not a number.",
            hint="Give a number between -1 and 1, or 'default'.",
        ) from exc


@dataclass(frozen=True)
class _Roles:
    """Which model is in use, and with which one people are enrolled, too."""

    in_use: str
    second: str | None

    @classmethod
    def of(cls, kiosk: Kiosk) -> _Roles:
        return cls(kiosk.models.chosen(), kiosk.models.also())

    def words(self, card: ModelCard) -> str:
        if card.model_id == self.in_use:
            return "yes"
        return "to enroll, too" if card.model_id == self.second else ""


def _facts(card: ModelCard, roles: _Roles) -> dict[str, Any]:
    return {
        "model_id": card.model_id,
        "title": card.title,
        "architecture": card.architecture,
        "in_use": card.model_id == roles.in_use,
        "also_enroll": card.model_id == roles.second,
        "builtin": card.builtin,
        "folder": str(card.folder),
        "dim": card.dim,
        "normalize": card.normalize,
        "threshold": card.threshold,
        "threshold_basis": card.threshold_basis,
        "licence": card.licence,
    }
