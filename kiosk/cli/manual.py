"""Read the manual: ``kiosk help``."""

from __future__ import annotations

from typing import Annotated

import typer

from kiosk import manual
from kiosk.cli.output import say, show_facts, show_markdown


def show(
    topic: Annotated[
        str | None,
        typer.Argument(metavar="TOPIC", help="The page to show; without one, the list of pages."),
    ] = None,
) -> None:
    """Show a page of the manual."""
    pages = manual.topics()
    if topic is None:
        show_facts([(page.name, page.about) for page in pages])
        say("")
        say("kiosk help TOPIC shows one of them; kiosk COMMAND --help explains a command.")
        return
    show_markdown(manual.topic(pages, topic).text)
