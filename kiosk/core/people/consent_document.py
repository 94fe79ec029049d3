"""A consent receipt as a document that people keep: Markdown, or HTML to be printed."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.core.people.consent import ConsentDocument

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_STYLE = (
    "body{font:11pt/1.4 sans-serif;margin:2em auto;max-width:42em}h1{font-size:16pt}"
    "h2{font-size:13pt}td{padding:0 1em .3em 0;vertical-align:top}code{word-break:break-all}"
)


def facts_of(document: ConsentDocument) -> list[tuple[str, str]]:
    """Return what a receipt says beside its text, as pairs of a name and a value."""
    receipt = document.receipt
    who = f"{document.name} ({receipt.user_id})" if document.name else receipt.user_id
    return [
        ("Person", who),
        ("Given on", f"{receipt.given_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Recorded by", receipt.actor),
        ("Text", f"version {receipt.text_version}, language {receipt.language}"),
        ("SHA-256 of the text", receipt.text_sha256),
        ("Receipt", receipt.receipt_id),
    ]


def as_markdown(document: ConsentDocument) -> str:
    """Return a receipt as text."""
    facts = "\n".join(f"- {name}: {value}" for name, value in facts_of(document))
    return f"# Consent receipt\n\n{facts}\n\n---\n\n{document.text.markdown}"


def as_html(document: ConsentDocument) -> str:
    """Return a receipt as one HTML file that loads nothing else."""
    receipt = document.receipt
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td><code>{escape(value)}</code></td></tr>"
        for name, value in facts_of(document)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>Consent receipt {escape(receipt.receipt_id)}</title>"
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>Consent receipt</h1>\n"
        f'<table>{rows}</table>\n<hr>\n<div lang="{escape(receipt.language)}">\n'
        f"{html_of(document.text.markdown)}</div>\n</body>\n</html>\n"
    )


def html_of(markdown: str) -> str:
    """Return headings, paragraphs, lists and bold words of a text as HTML; all else as it stands.

    Not all of Markdown: nothing in a text of a site can become a script or a link.
    """
    made: list[str] = []
    block: list[str] = []
    listing = False

    def flush() -> None:
        if block:
            text = _BOLD.sub(r"<b>\1</b>", escape(" ".join(block)))
            made.append(f"<li>{text}</li>" if listing else f"<p>{text}</p>")
            block.clear()

    def end_list() -> None:
        nonlocal listing
        flush()
        if listing:
            made.append("</ul>")
            listing = False

    for line in markdown.splitlines():
        heading = _HEADING.fullmatch(line.strip())
        if heading:
            end_list()
            level = len(heading[1])
            made.append(f"<h{level}>{escape(heading[2])}</h{level}>")
        elif line.startswith(("- ", "* ")):
            flush()
            if not listing:
                made.append("<ul>")
                listing = True
            block.append(line[2:].strip())
        elif not line.strip():
            end_list()
        elif listing and not line.startswith(" "):
            end_list()
            block.append(line.strip())
        else:
            block.append(line.strip())
    end_list()
    return "\n".join(made) + "\n"
