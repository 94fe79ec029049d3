# Installs missing Debian packages, or says how; sourced after common.sh and find-python.sh.
# shellcheck shell=sh

# wanted_packages run|demo|package|dev: the names of a set; demo and package include run, dev is by
# itself.
wanted_packages() {
    while read -r set name rest; do
        case $1:$set in
            run:run | demo:run | demo:demo | package:run | package:package | dev:dev) say "$name" ;;
        esac
    done <"$SETUP/system-packages.txt"
    [ "$1" != dev ] || return 0
    # Debian splits ensurepip, without which no virtual environment gets pip, into a package.
    if [ ! -x "$VENV/bin/python" ] && ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
        "$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
}

# missing_packages run|demo|package|dev: those of the set that are not installed, on one line.
missing_packages() {
    for name in $(wanted_packages "$1"); do
        # One word per architecture; "not-installed" and "half-installed" are words as well.
        case " $(dpkg-query -W -f='${db:Status-Status} ' "$name" 2>/dev/null)" in
            *" installed "*) ;;
            *) provided_otherwise "$name" || printf '%s ' "$name" ;;
        esac
    done
}

# provided_otherwise NAME: newer releases renamed packages for 64-bit time (libglib2.0-0t64).
provided_otherwise() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "${1}t64" 2>/dev/null)" = installed ]
}

# set_as_root: how to become root without being asked anything; fails where that is not possible.
set_as_root() {
    as_root=''
    [ "$(id -u)" = 0 ] && return 0
    as_root='sudo -n'
    have sudo && sudo -n true 2>/dev/null
}

# install_optional_packages dev: what can be had of a set; nothing fails without it.
install_optional_packages() {
    have dpkg-query && have apt-get || return 0
    missing=$(missing_packages "$1")
    missing=${missing% }
    [ -n "$missing" ] || return 0
    if set_as_root; then
        say "Setting up: system packages for more tests ($missing) …"
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >/dev/null 2>&1 || true
        # One by one: not every release has all of them.
        for name in $missing; do
            $as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get -q install -y --no-install-recommends "$name" >/dev/null 2>&1 || true
        done
        missing=$(missing_packages "$1")
    fi
    [ -z "$missing" ] || say "Tests that need ${missing% } are skipped; install it to run them."
}

install_system_packages() {
    if ! have dpkg-query || ! have apt-get; then
        say "Not a Debian system: install PortAudio, the ALSA plugins and Qt's X11 libraries yourself if something is missing."
        return 0
    fi
    missing=$(missing_packages "$1")
    missing=${missing% }
    [ -n "$missing" ] || return 0
    if ! set_as_root; then
        say "sudo apt-get update && sudo apt-get install -y --no-install-recommends $missing" >&2
        fail "System packages are missing: run the line above, then the same make command again."
    fi
    say "Setting up: system packages ($missing) …"
    # shellcheck disable=SC2086  # the lists are meant to be split
    {
        quietly "apt-get update failed: check the network and the package sources." \
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
        quietly "apt-get could not install: $missing" \
            $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q install -y --no-install-recommends $missing
    }
}
