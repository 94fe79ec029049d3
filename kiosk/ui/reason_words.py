"""What the screens say about a recording, and how such words are written down."""

from __future__ import annotations

from typing import NamedTuple

from kiosk.core.hearing.quality import Reason


class Entry(NamedTuple):
    """A title, a hint and an icon, not translated yet."""

    title: str
    hint: str
    icon: str


def QT_TRANSLATE_NOOP(_: str, text: str) -> str:
    """Mark a text for translation; Qt's own function of this name is not typed."""
    return text


# What a speaker hears about a recording: while speaking (title) and afterwards (hint).
REASONS = {
    Reason.NO_SPEECH: Entry(
        QT_TRANSLATE_NOOP("messages", "No speech was heard"),
        QT_TRANSLATE_NOOP("messages", "Speak towards the microphone after the sentence appears."),
        "microphone-off",
    ),
    Reason.TOO_SHORT: Entry(
        QT_TRANSLATE_NOOP("messages", "Too little was heard"),
        QT_TRANSLATE_NOOP("messages", "Say the whole sentence."),
        "wave",
    ),
    Reason.MOSTLY_SILENCE: Entry(
        QT_TRANSLATE_NOOP("messages", "The pauses were too long"),
        QT_TRANSLATE_NOOP("messages", "Say the sentence without stopping."),
        "wave",
    ),
    Reason.TOO_QUIET: Entry(
        QT_TRANSLATE_NOOP("messages", "Speak a little louder"),
        QT_TRANSLATE_NOOP("messages", "Coming closer helps too."),
        "speaker",
    ),
    Reason.NOISY: Entry(
        QT_TRANSLATE_NOOP("messages", "It is too noisy here"),
        QT_TRANSLATE_NOOP("messages", "Come closer, or wait until it is quieter."),
        "alert-triangle",
    ),
    Reason.CLIPPED: Entry(
        QT_TRANSLATE_NOOP("messages", "Too close: step back a little"),
        QT_TRANSLATE_NOOP("messages", "Your voice is so loud that it is distorted."),
        "alert-triangle",
    ),
    Reason.NARROW_BAND: Entry(
        QT_TRANSLATE_NOOP("messages", "The sound is only telephone quality"),
        QT_TRANSLATE_NOOP("messages", "Use a microphone that records at least 16 kHz."),
        "microphone",
    ),
    Reason.LOST_AUDIO: Entry(
        QT_TRANSLATE_NOOP("messages", "Part of the recording was lost"),
        QT_TRANSLATE_NOOP("messages", "Please try again."),
        "refresh",
    ),
    Reason.SEVERAL_SPEAKERS: Entry(
        QT_TRANSLATE_NOOP("messages", "More than one voice was heard"),
        QT_TRANSLATE_NOOP("messages", "Please speak alone."),
        "users",
    ),
}
