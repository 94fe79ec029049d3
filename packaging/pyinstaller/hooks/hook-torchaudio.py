"""PyInstaller: torchaudio is needed for what is written in Python only.

In the place of the general hook, which collects the native part: it links CUDA, and torchaudio
works without it where it is missing.
"""

datas: list[tuple[str, str]] = []
