#!/bin/sh
# Builds what people install, into dist/: the frozen program, and on Linux the Debian package of it.
#
#   package.sh frozen  only the frozen program, dist/voice-kiosk/
#   package.sh all     the package, too
set -eu
cd "$(dirname "$0")/.."
. packaging/setup/common.sh

what=${1:-all}
work=${KIOSK_BUILD_DIR:-build}
dist=${KIOSK_DIST_DIR:-dist}
program=$dist/voice-kiosk

case $what in
    frozen | all) ;;
    *) fail "package.sh knows frozen and all, not '$what'." ;;
esac

begun=$(date +%s)
sh "$SETUP/setup.sh" package
say "== Frozen program (PyInstaller; some minutes) …"
mkdir -p "$work"
"$VENV/bin/python" -m PyInstaller --noconfirm --clean --log-level ERROR \
    --distpath "$dist" --workpath "$work" packaging/pyinstaller/kiosk.spec ||
    fail "PyInstaller failed (see above)."
say "== $program"
PYTHONPATH=packaging/pyinstaller "$VENV/bin/python" -m freezing.parts "$program"

if [ "$what" = all ]; then
    if have dpkg-deb; then
        say "== Debian package"
        sh packaging/linux/deb/build.sh
    else
        say "No Debian package: dpkg-deb is not installed."
    fi
fi
say "== Made in $(($(date +%s) - begun)) s:"
for made in "$dist"/*; do
    # macOS knows no apparent size.
    du -sh --apparent-size "$made" 2>/dev/null || du -sh "$made"
done
