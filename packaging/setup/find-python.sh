# Sets PYTHON to an interpreter that can run the kiosk; sourced after common.sh. POSIX sh.
# shellcheck shell=sh disable=SC2034

python_is_fit() {
    [ "$("$1" -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null)" = True ]
}

# The one named in the environment (make PYTHON=...) is used, or refused: never another one.
asked=no
if [ -n "${PYTHON:-}" ]; then
    asked=yes
    python_is_fit "$PYTHON" || fail "PYTHON=$PYTHON is not Python 3.11 or newer."
else
    for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
        if have "$candidate" && python_is_fit "$candidate"; then
            PYTHON=$candidate
            break
        fi
    done
    [ -n "${PYTHON:-}" ] || fail "Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3.11"
fi
