#!/bin/sh
# Checks the code; stops at the first step that fails, after its output.
#
#   check.sh lint  style and dead dependencies
#   check.sh fast  lint, types, layers and the unit tests
#   check.sh all   everything, every test included
set -eu
cd "$(dirname "$0")/../.."
. packaging/setup/common.sh

what=${1:-all}
bin=$VENV/bin

# step TITLE COMMAND...: say what is checked, show only what went wrong.
step() {
    title=$1
    shift
    say "== $title"
    "$@" || fail "$title: failed (see above)."
}

# A silent step: import-linter draws a banner that nobody needs while everything is well.
quiet_step() {
    title=$1
    shift
    say "== $title"
    quietly "$title: failed (see above)." "$@"
}

sh "$SETUP/setup.sh" dev
step "Style (ruff check)" "$bin/ruff" check --quiet .
step "Format (ruff format)" "$bin/ruff" format --quiet --check .
quiet_step "Declared dependencies (deptry)" "$bin/deptry" .
[ "$what" != lint ] || exit 0
# mypy refuses a folder without Python files, so packaging is given by its files.
# shellcheck disable=SC2046  # one argument per file; the project's paths hold no spaces
step "Types (mypy --strict)" "$bin/mypy" --no-error-summary kiosk tests \
    $(find packaging -name '*.py')
quiet_step "Layers (import-linter)" "$bin/lint-imports"
if [ "$what" = fast ]; then
    step "Unit and architecture tests (pytest)" \
        "$bin/python" -m pytest -q tests/unit tests/architecture
else
    # What keeps time (sound, whole jobs) wants the machine to itself; the rest need not, and one
    # more than there are cores, for some of them wait for a program that they started.
    workers=$(($(getconf _NPROCESSORS_ONLN) + 1))
    [ "$workers" -le 5 ] || workers=5
    step "Tests that compute (pytest, all cores)" "$bin/python" -m pytest -q \
        -n "$workers" --dist loadfile \
        tests/unit tests/contract tests/architecture tests/packaging tests/api \
        tests/integration/api tests/integration/cli tests/integration/speaker \
        tests/integration/storage tests/integration/vault tests/ui \
        tests/e2e/test_kill_nine.py tests/e2e/test_api_clients.py
    step "Tests that keep time (pytest)" "$bin/python" -m pytest -q \
        tests/integration/audio tests/e2e \
        --ignore tests/e2e/test_kill_nine.py --ignore tests/e2e/test_api_clients.py
fi
