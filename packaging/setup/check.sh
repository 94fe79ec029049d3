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

# What takes long runs at the same time; what it says is kept until then, lest two write at once.
types='' timed=''
memory=''
# shellcheck disable=SC2086  # none, one or two processes
trap 'kill $types $timed 2>/dev/null || :; rm -rf "$SETUP_LOG" "$SETUP_LOG".* $memory' EXIT

# write_into_memory: where there is room, tests need not wait for the disk, which takes longer than
# all that they compute. Containers often have a small /dev/shm, or none that programs run from.
write_into_memory() {
    free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    [ "${free:-0}" -ge 6000000 ] || return 0
    memory=$(mktemp -d /dev/shm/kt.XXXXXX) || return 0
    chmod 711 "$memory"  # the database server runs as somebody else, who must pass through
    printf '#!/bin/sh\n' >"$memory/runs"
    chmod +x "$memory/runs"
    if "$memory/runs" 2>/dev/null; then export TMPDIR="$memory"; fi
}

# beside NAME COMMAND...: begin a step.
beside() {
    name=$1
    shift
    "$@" >"$SETUP_LOG.$name" 2>&1 </dev/null &
}

# ended TITLE NAME PROCESS: wait for a step that was begun, and show what it said.
ended() {
    say "== $1"
    passed=yes
    wait "$3" || passed=no
    cat "$SETUP_LOG.$2"
    [ $passed = yes ] || fail "$1: failed (see above)."
}

# mypy refuses a folder without Python files, so packaging is given by its files.
# shellcheck disable=SC2046  # one argument per file; the project's paths hold no spaces
beside types "$bin/mypy" --no-error-summary kiosk tests $(find packaging -name '*.py')
types=$!

write_into_memory
if [ "$what" = all ]; then
    # What waits for sounds and for other processes takes its time however fast the machine is: two
    # at a time, and before the other tests, which fill what is left of the cores.
    beside timed "$bin/python" -m pytest -q -n 2 --dist worksteal \
        -o cache_dir=.pytest_cache/timed tests/integration/audio tests/e2e
    timed=$!
fi
quiet_step "Layers (import-linter)" "$bin/lint-imports"

workers=$(getconf _NPROCESSORS_ONLN)
[ "$workers" -le 5 ] || workers=5
# pytest_on_all_cores FOLDER...: a worker that has nothing left to do takes from another.
pytest_on_all_cores() {
    nice -n 5 "$bin/python" -m pytest -q -n "$workers" --dist worksteal "$@"
}

if [ "$what" = fast ]; then
    step "Unit and architecture tests (pytest)" \
        pytest_on_all_cores tests/unit tests/architecture
else
    step "Tests (pytest)" pytest_on_all_cores \
        tests/unit tests/contract tests/architecture tests/packaging tests/api \
        tests/integration/api tests/integration/cli tests/integration/speaker \
        tests/integration/storage tests/integration/vault tests/ui
    ended "Tests that speak, listen and start programs (pytest)" timed "$timed"
    timed=''
fi
ended "Types (mypy --strict)" types "$types"
