"""PyInstaller: SpeechBrain reads its version from a file, and offers its helpers by attribute.

``speechbrain.utils.quirks`` is found in its folder when somebody asks for it, by no import.
"""

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("speechbrain", includes=["version.txt"])
hiddenimports = ["speechbrain.utils.quirks"]
