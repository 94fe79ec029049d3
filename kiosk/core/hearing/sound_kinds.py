"""What kind of file it is, by how it begins, so that messages can name it."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_BYTES = 16
"""So many bytes tell the kind."""


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        name: what people call it.
        demuxer: FFmpeg's name of what takes it apart; empty where nothing here does.
    """

    name: str
    demuxer: str = ""


_KINDS = (
    (0, b"#!AMR", Kind("AMR", "amr")),
    (0, b"#!SILK", Kind("SILK")),
    (1, b"#!SILK", Kind("SILK")),
    (0, b"OggS", Kind("Ogg", "ogg")),
    (0, b"fLaC", Kind("FLAC", "flac")),
    (0, b"caff", Kind("CAF", "caf")),
    (0, b"FORM", Kind("AIFF", "aiff")),
    (0, b".snd", Kind("AU", "au")),
    (0, b"ID3\x02", Kind("MP3", "mp3")),
    (0, b"ID3\x03", Kind("MP3", "mp3")),
    (0, b"ID3\x04", Kind("MP3", "mp3")),
    (0, b"wvpk", Kind("WavPack", "wv")),
    (0, b"TTA1", Kind("True Audio", "tta")),
    (0, b"MAC ", Kind("Monkey's Audio", "ape")),
    (0, b"MPCK", Kind("Musepack", "mpc8")),
    (0, b"MP+", Kind("Musepack", "mpc")),
    (0, b"\x02dss", Kind("DSS of a dictation device", "dss")),
    (0, b"\x03dss", Kind("DSS of a dictation device", "dss")),
    (0, b"\x03ds2", Kind("DSS Pro of a dictation device")),
    (0, b"\x1aE\xdf\xa3", Kind("WebM or Matroska", "matroska")),
    (0, bytes.fromhex("3026b2758e66cf11"), Kind("Windows Media (WMA)", "asf")),
    (0, b"RIFX", Kind("WAV with its bytes in reverse order", "wav")),
    (8, b"WAVE", Kind("WAV", "wav")),
    (8, b"AVI ", Kind("AVI", "avi")),
    (8, b"QLCM", Kind("QCP", "qcp")),
    (0, b"riff\x2e\x91\xcf\x11", Kind("Sony Wave64", "w64")),
    (4, b"ftyp", Kind("MP4 (M4A)", "mov")),
    (4, b"moov", Kind("QuickTime", "mov")),
    (4, b"mdat", Kind("QuickTime", "mov")),
    (4, b"wide", Kind("QuickTime", "mov")),
    (0, b".RMF", Kind("RealMedia")),
    (0, b".ra\xfd", Kind("RealAudio")),
    (0, b"ajkg", Kind("Shorten")),
    (0, b"DSD ", Kind("DSD")),
    (0, b"FRM8", Kind("DSD")),
    (0, b"ea3\x03", Kind("ATRAC")),
    (0, b"ADIF", Kind("AAC with one header for all (ADIF)")),
    (0, b"MThd", Kind("MIDI")),
    (0, b"\x00\x00\x01\xba", Kind("an MPEG film")),
    (0, b"FLV\x01", Kind("a Flash film")),
    (0, b"%PDF", Kind("a PDF document")),
    (0, b"PK\x03\x04", Kind("a ZIP archive")),
    (0, b"\x1f\x8b", Kind("a gzip archive")),
    (0, b"7z\xbc\xaf", Kind("a 7-Zip archive")),
    (0, b"Rar!", Kind("a RAR archive")),
    (0, b"\x89PNG", Kind("a picture (PNG)")),
    (0, b"\xff\xd8\xff", Kind("a picture (JPEG)")),
    (0, b"GIF8", Kind("a picture (GIF)")),
    (0, b"<!DOCTYPE", Kind("a web page")),
    (0, b"<html", Kind("a web page")),
    (0, b"\x7fELF", Kind("a program")),
)

_SURE_BYTES = 4


def kind_of(head: bytes, *, sure: bool = False) -> Kind | None:
    """Return the kind of a file.

    Args:
        head: its first :data:`HEAD_BYTES` bytes, or all.
        sure: only where samples without a header would hardly begin like it.
    """
    for position, mark, kind in _KINDS:
        if head[position : position + len(mark)] == mark and len(mark) >= sure * _SURE_BYTES:
            return kind
    if len(head) > 1 and head[0] == 0xFF and not sure:
        if head[1] & 0xF6 == 0xF0:
            return Kind("AAC", "aac")
        if head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
            return Kind("MP3", "mp3")
    return None
