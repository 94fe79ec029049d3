#!/bin/sh
# Makes the list of what is in the program: dist/voice-kiosk.cdx.json (CycloneDX, checked against its
# schema), of the packages that are installed in .venv and of our own resources.
#
# The tool that reads the environment has one of its own, build/sbom-env: what is described must not
# be changed by what describes it.
set -eu
cd "$(dirname "$0")/../.."
. packaging/setup/common.sh

work=${KIOSK_BUILD_DIR:-build}
dist=${KIOSK_DIST_DIR:-dist}
list=$dist/voice-kiosk.cdx.json
tools=$work/sbom-env
bin=bin
[ -d "$VENV/$bin" ] || bin=Scripts # Windows

[ -x "$VENV/$bin/python" ] || [ -x "$VENV/$bin/python.exe" ] ||
    fail "$VENV is missing: run 'make setup' or 'make package' first."
if [ ! -e "$tools/$bin/cyclonedx-py" ] && [ ! -e "$tools/$bin/cyclonedx-py.exe" ]; then
    say "Setting up: the tool that lists packages …"
    rm -rf "$tools"
    mkdir -p "$work"
    quietly "No virtual environment could be made in $tools." "$VENV/$bin/python" -m venv "$tools"
    requirement=$(sed -n 's/^ *"\(cyclonedx-bom[^"]*\)".*/\1/p' pyproject.toml)
    quietly "pip could not install $requirement: check the network and pip's configuration." \
        "$tools/$bin/python" -m pip --disable-pip-version-check install --quiet \
        --constraint packaging/constraints.txt "$requirement"
fi

quietly "The packages in $VENV could not be listed." \
    "$tools/$bin/cyclonedx-py" environment --pyproject pyproject.toml --mc-type application \
    --output-reproducible --spec-version 1.6 --output-format JSON \
    --output-file "$work/environment.cdx.json" "$VENV/$bin/python"
PYTHONPATH=packaging/release "$VENV/$bin/python" -m releasing.needed >"$work/needed.json" ||
    fail "The packages that the program needs could not be found (see above)."
PYTHONPATH=packaging/release "$tools/$bin/python" -m releasing.sbom \
    "$work/environment.cdx.json" "$work/needed.json" "$list" ||
    fail "The list was not made (see above)."
