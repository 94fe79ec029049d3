# Installs missing Debian packages, or says how; sourced after common.sh and find-python.sh.
# shellcheck shell=sh

# wanted_packages run|demo: the names of a set; demo includes run.
wanted_packages() {
    while read -r set name rest; do
        case $set in
            run) say "$name" ;;
            demo) [ "$1" = run ] || say "$name" ;;
        esac
    done <"$SETUP/system-packages.txt"
    # Debian splits ensurepip, without which no virtual environment gets pip, into a package.
    if [ ! -x "$VENV/bin/python" ] && ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
        "$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
}

# missing_packages run|demo: those of the set that are not installed, on one line.
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

install_system_packages() {
    if ! have dpkg-query || ! have apt-get; then
        say "Not a Debian system: install PortAudio, the ALSA plugins and Qt's X11 libraries yourself if something is missing."
        return 0
    fi
    missing=$(missing_packages "$1")
    missing=${missing% }
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        as_root=''
    elif have sudo && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    else
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
