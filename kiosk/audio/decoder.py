"""Decodes one file with FFmpeg: a program of its own, which is given the file as standard input.

FFmpeg reads dozens of formats, in code that has had many faults. Whoever finds one more gets into
a process that holds no keys, no voiceprints and no other recording, that may open no file and no
connection, and that ends with the file; a file that takes memory or time without end ends it alone.

    decoder.py DEMUXER

Standard output is one line of JSON and then, if that names a rate, the samples as 32-bit floats in
the machine's order, channels interleaved, as they are decoded: whoever has enough stops reading.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress
from typing import IO, Any

MEMORY_BYTES = 1 << 30
SECONDS = 60
"""Of computing, for what decodes in 2."""

CODECS = (
    "aac,aac_latm,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,adpcm_yamaha,alac,amrnb,amrwb,ape,dss_sp,"
    "eac3,flac,g722,g723_1,g726,g726le,gsm,gsm_ms,ilbc,mp1float,mp2float,mp3,mp3float,mpc7,mpc8,"
    "opus,pcm_alaw,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16le,"
    "pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s8,pcm_u8,qcelp,speex,truespeech,tta,vorbis,"
    "wavpack,wmalossless,wmapro,wmav1,wmav2,wmavoice"
)
"""What is decoded; nothing else, however a file asks for it."""


def main() -> None:
    """Decode standard input."""
    out = sys.stdout.buffer
    try:
        import av
        import av.audio.resampler
        import av.error
        import av.filter
        import av.subtitles.stream  # otherwise when it is too late to open files
    except ImportError:
        _say(out, problem="missing")
        return
    demuxer = sys.argv[1]
    source: IO[bytes] = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 - until the end
    if not source.seekable():
        source = io.BytesIO(sys.stdin.buffer.read())
    _confine()
    options = {
        "format_whitelist": demuxer,
        "codec_whitelist": CODECS,
        "protocol_whitelist": "none",
    }
    try:
        with av.open(source, format=demuxer, options=options) as container:
            if not container.streams.audio:
                _say(out, problem="no sound")
                return
            _decode(av, container, out)
    except (av.error.FFmpegError, ValueError, MemoryError):
        _say(out, problem="damaged")
    except BrokenPipeError:
        sys.stdout = None  # whoever reads has enough


def _confine() -> None:
    """Give up what decoding does not need, where the system can take it."""
    with suppress(ImportError):
        import resource

        for name, most in (
            ("RLIMIT_AS", MEMORY_BYTES),
            ("RLIMIT_CPU", SECONDS),
            ("RLIMIT_CORE", 0),
            ("RLIMIT_FSIZE", 0),
            ("RLIMIT_NOFILE", 0),
        ):
            with suppress(OSError, ValueError, AttributeError):
                resource.setrlimit(getattr(resource, name), (most, most))


def _decode(av: Any, container: Any, out: IO[bytes]) -> None:
    """Write the first sound of a file, as far as it can be decoded."""
    stream = container.streams.audio[0]
    try:
        stream.codec_context.thread_count = 1
        codec = stream.codec_context.name
    except AttributeError:  # there is no decoder
        _say(out, problem="codec", codec="")
        return
    if codec not in CODECS.split(","):
        _say(out, problem="codec", codec=codec)
        return
    resampler: Any = None
    layout, rate = "", 0
    for frame in _frames(av, container, stream):
        if resampler is None:
            layout, rate = frame.layout.name, frame.sample_rate
            resampler = av.AudioResampler("flt", layout, rate)
            _say(out, rate=rate, channels=frame.layout.nb_channels, codec=codec)
        try:
            made = resampler.resample(frame)
        except ValueError:  # the kind of sound has changed amid the file
            _write(out, resampler.resample(None))
            resampler = av.AudioResampler("flt", layout, rate)
            made = resampler.resample(frame)
        _write(out, made)
    if resampler is None:
        _say(out, problem="damaged")
        return
    _write(out, resampler.resample(None))
    out.flush()


def _frames(av: Any, container: Any, stream: Any) -> Any:
    """Yield the frames of a stream; what is damaged is passed over, as players do."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):  # broken off
            return
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            continue


def _write(out: IO[bytes], frames: Any) -> None:
    for frame in frames:
        out.write(memoryview(frame.planes[0])[: frame.samples * frame.layout.nb_channels * 4])


def _say(out: IO[bytes], **said: object) -> None:
    out.write(json.dumps(said).encode("ascii") + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
