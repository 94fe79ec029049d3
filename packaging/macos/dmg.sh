#!/bin/sh
# Makes the disk image from the frozen program, "dist/Voice kiosk.app"; on macOS only.
#
# Signed with the hardened runtime when MACOS_IDENTITY names a "Developer ID Application" identity of
# the keychain, and notarized when MACOS_NOTARY_PROFILE names a profile that
# "xcrun notarytool store-credentials" has made. Without an identity the signature is ad hoc: it runs
# where it was built, and elsewhere after the user has allowed it under Privacy & Security.
set -eu
cd "$(dirname "$0")/../.."

here=packaging/macos
app="dist/Voice kiosk.app"

say() { printf '%s\n' "$*"; }
fail() {
    printf 'voice-kiosk: %s\n' "$*" >&2
    exit 1
}

[ "$(uname -s)" = Darwin ] || fail "Disk images are made on macOS."
[ -d "$app" ] || fail "$app is missing: build the frozen program first."
python=.venv/bin/python
[ -x "$python" ] || python=python3
version=$(PYTHONPATH=packaging/release "$python" -m releasing.version)
[ "$(plutil -extract CFBundleShortVersionString raw "$app/Contents/Info.plist")" = "$version" ] ||
    fail "$app is of another version than $version: build it again."
image=dist/voice-kiosk-$version-macos-$(uname -m).dmg

identity=${MACOS_IDENTITY:-}
if [ -n "$identity" ]; then
    set -- --options runtime --timestamp
else
    # Without the hardened runtime, which loads no libraries that are signed by nobody.
    say "Signed ad hoc: MACOS_IDENTITY is not set."
    identity=-
    set -- --timestamp=none
fi

# The inner files first, each on its own: --deep would give all of them our entitlements, and seal
# nothing in order.
find "$app/Contents" -type f \( -name '*.so' -o -name '*.dylib' \) -exec \
    codesign --force "$@" --sign "$identity" {} +
find "$app/Contents/Frameworks" -maxdepth 3 -name '*.framework' -exec \
    codesign --force "$@" --sign "$identity" {} +
for part in "$app"/Contents/MacOS/* "$app"; do
    codesign --force "$@" --sign "$identity" --entitlements "$here/entitlements.plist" "$part"
done
codesign --verify --strict --verbose=1 "$app" || fail "The signature does not hold."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$app" "$folder/"
ln -s /Applications "$folder/Applications"
cp LICENSE "$folder/"
rm -f "$image"
hdiutil create -quiet -volname "Voice kiosk $version" -srcfolder "$folder" -fs HFS+ -format UDZO "$image"

if [ -n "${MACOS_IDENTITY:-}" ]; then
    codesign --sign "$identity" --timestamp "$image"
fi
if [ -n "${MACOS_NOTARY_PROFILE:-}" ]; then
    [ -n "${MACOS_IDENTITY:-}" ] || fail "Only what is signed with an identity can be notarized."
    xcrun notarytool submit "$image" --keychain-profile "$MACOS_NOTARY_PROFILE" --wait ||
        fail "Apple has not notarized it: see 'xcrun notarytool log'."
    xcrun stapler staple "$image"
    spctl --assess --type open --context context:primary-signature "$image"
else
    say "Not notarized: MACOS_NOTARY_PROFILE is not set."
fi
say "Made $image."
