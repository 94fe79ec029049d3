"""PyInstaller: PyTorch without its tests, headers and tools.

In the place of the general hook, which collects every module of torch and every file of its folder.
Here modules come in as the program imports them, and files by name.
"""

from pathlib import Path

from PyInstaller.utils.hooks import get_module_file_attribute

_folder = Path(get_module_file_attribute("torch")).parent

binaries = [
    (str(path), str(Path("torch") / path.parent.relative_to(_folder)))
    for pattern in (
        # Linked by the extension module, or loaded by torch itself when it is imported.
        "lib/libtorch_global_deps.*",
        "lib/*.dll",
        "lib/*.dylib",
        # torch demands that it is there.
        "bin/torch_shm_manager",
    )
    for path in sorted(_folder.glob(pattern))
]

# Found beside the library that links them; another name for them elsewhere makes torch look for its
# libraries in the wrong folder.
bindepend_symlink_suppression = ["**/torch/lib/*.so*"]
