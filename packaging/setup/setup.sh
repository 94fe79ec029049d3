#!/bin/sh
# Prepares everything that the kiosk needs on this machine; says what it does, one line each.
#
#   setup.sh run   to run the kiosk on a screen
#   setup.sh demo  also the demonstration: virtual screen, virtual microphone, synthetic voices
#   setup.sh dev   also the tools that check the code
#   setup.sh package  to build the packages: what runs, and the tools that build
#
# What was done is remembered in .venv by a hash of its inputs, so that doing it again costs
# nothing: no pip, no network, not even a start of Python.
set -eu
cd "$(dirname "$0")/../.."
. packaging/setup/common.sh

level=${1:-run}
case $level in
    run | demo | dev | package) ;;
    *) fail "setup.sh knows run, demo, dev and package, not '$level'." ;;
esac

key=$(cat pyproject.toml packaging/constraints.txt "$SETUP"/*.sh "$SETUP"/*.txt | cksum)
key="$key ${PYTHON:-} $PWD"  # the environment names its own folder: a moved copy is not ready

is_done() { [ "$(cat "$VENV/.setup-$1" 2>/dev/null)" = "$key" ]; }
mark_done() { printf '%s\n' "$key" >"$VENV/.setup-$1"; }

is_done "$level" && exit 0

# shellcheck source=packaging/setup/find-python.sh
. "$SETUP/find-python.sh"
# shellcheck source=packaging/setup/system.sh
. "$SETUP/system.sh"
# shellcheck source=packaging/setup/venv.sh
. "$SETUP/venv.sh"

case $level in
    run) install_system_packages run ;;
    package) install_system_packages package ;;
    demo) install_system_packages demo ;;
    dev)
        install_system_packages demo
        install_optional_packages dev
        ;;
esac
make_venv
case $level in
    run | demo) install_python_packages run '.[formats]' ;;
    dev) install_python_packages dev '.[dev]' ;;
    package) install_python_packages package '.[package]' ;;
esac

# Each level contains the ones before it; package contains run.
case $level in
    run) mark_done run ;;
    package) mark_done run && mark_done package ;;
    demo) mark_done run && mark_done demo ;;
    dev) mark_done run && mark_done demo && mark_done dev ;;
esac
