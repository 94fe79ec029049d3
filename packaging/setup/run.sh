#!/bin/sh
# Starts the kiosk: on the screen if there is one, else the demonstration without a screen.
set -eu
cd "$(dirname "$0")/../.."
. packaging/setup/common.sh

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    sh "$SETUP/setup.sh" run
    exec "$VENV/bin/python" -m kiosk run "$@"
fi
say "No screen here (neither DISPLAY nor WAYLAND_DISPLAY is set): running the demonstration into demo-out/ instead."
sh "$SETUP/setup.sh" demo
exec "$VENV/bin/python" -m kiosk demo --out demo-out "$@"
