#!/bin/sh
# The window: "kiosk run". A script on Linux, where a second copy of the program would say the same.
exec "$(dirname "$(readlink -f "$0")")/kiosk" run "$@"
