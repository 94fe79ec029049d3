#!/bin/sh
# SHA-256 of everything that is handed out.
#
#   checksums.sh [FOLDER]          writes FOLDER/SHA256SUMS (dist by default)
#   checksums.sh --check [FOLDER]  compares what lies there with it
#
# Whoever downloaded the files checks them with "sha256sum --check --ignore-missing SHA256SUMS".
set -eu

fail() {
    printf 'voice-kiosk: %s\n' "$*" >&2
    exit 1
}

check=no
if [ "${1:-}" = --check ]; then
    check=yes
    shift
fi
folder=${1:-$(dirname "$0")/../../dist}
cd "$folder" 2>/dev/null || fail "There is no folder $folder."

if command -v sha256sum >/dev/null 2>&1; then
    sum() { sha256sum "$@"; }
else
    sum() { shasum -a 256 "$@"; } # macOS
fi

if [ "$check" = yes ]; then
    [ -f SHA256SUMS ] || fail "There is no SHA256SUMS in $folder."
    sum --check SHA256SUMS >/dev/null || fail "Files in $folder are not what SHA256SUMS says."
    exit 0
fi

set --
for file in *.deb *.exe *.dmg *.whl *.tar.gz *.tar.xz *.cdx.json; do
    # A pattern that matches nothing stays as it is.
    [ ! -f "$file" ] || set -- "$@" "$file"
done
[ $# -gt 0 ] || fail "Nothing in $folder is handed out: build it first."
# Whole, or not at all.
if ! sum "$@" >SHA256SUMS.part || ! mv SHA256SUMS.part SHA256SUMS; then
    rm -f SHA256SUMS.part
    fail "SHA256SUMS could not be written."
fi
cat SHA256SUMS
