# Makes .venv and fills it; sourced after common.sh and find-python.sh.
# shellcheck shell=sh disable=SC2154

# python_version INTERPRETER: such as 3.11; nothing when it does not run.
python_version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

# An environment that works is kept, unless the user names an interpreter of another version.
make_venv() {
    if "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        [ "$asked" = yes ] || return 0
        [ "$(python_version "$VENV/bin/python")" != "$(python_version "$PYTHON")" ] || return 0
    fi
    say "Setting up: virtual environment in $VENV …"
    rm -rf "$VENV"
    quietly "$PYTHON could not make a virtual environment in $VENV." "$PYTHON" -m venv "$VENV"
}

pip_install() {
    "$VENV/bin/python" -m pip --disable-pip-version-check install --quiet \
        --constraint packaging/constraints.txt "$@"
}

# install_python_packages STAMP REQUIREMENT: the packages at their pinned versions, and the kiosk
# itself in place, so that what runs is this source tree.
install_python_packages() {
    [ "$(cat "$VENV/.packages-$1" 2>/dev/null)" != "$key" ] || return 0
    if [ -e "$VENV/.packages-run" ]; then
        say "Setting up: Python packages …"
    else
        say "Setting up: Python packages (first time only, about 4 minutes) …"
    fi
    # torch first and alone: pip then takes the build that its own configuration offers, and
    # nothing that comes later can make it look for another one.
    quietly "pip could not install torch: check the network and pip's configuration." \
        pip_install "$(grep '^torch==' packaging/constraints.txt)"
    # The build back end is installed here too, so that no second, unpinned one is fetched.
    quietly "pip could not install the build tools: check the network." \
        pip_install hatchling editables
    quietly "pip could not install the Python packages: check the network and pip's configuration." \
        pip_install --no-build-isolation --editable "$2"
    printf '%s\n' "$key" >"$VENV/.packages-$1"
    [ "$1" = run ] || printf '%s\n' "$key" >"$VENV/.packages-run"
}
