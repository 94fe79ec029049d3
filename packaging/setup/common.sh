# Shared by the scripts of this folder; sourced from the root of the source tree. POSIX sh.
# shellcheck shell=sh disable=SC2034

VENV=.venv
SETUP=packaging/setup
SETUP_LOG=${TMPDIR:-/tmp}/voice-kiosk-setup.$$.log

# The log of a step goes with the script, however that ends.
trap 'rm -f "$SETUP_LOG"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '%s\n' "$*"; }

# fail MESSAGE: one clear line, then a non-zero exit.
fail() {
    printf 'voice-kiosk: %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# quietly MESSAGE COMMAND...: run the command, showing its output only when it fails.
quietly() {
    message=$1
    shift
    "$@" >"$SETUP_LOG" 2>&1 </dev/null && return 0
    tail -n 40 "$SETUP_LOG" >&2
    fail "$message"
}
