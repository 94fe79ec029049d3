#!/bin/sh
# Makes dist/voice-kiosk_VERSION_ARCHITECTURE.deb of the frozen program in dist/voice-kiosk.
#
#   build.sh [PROGRAM [OUT]]  the folder of the frozen program, and the folder for the package
#
# Environment:
#   KIOSK_DEB_VERSION      another version than the program's own: to try upgrades
#   KIOSK_DEB_COMPRESSION  of dpkg-deb, such as "zstd" to be quick; "xz" by default
#   DEBFULLNAME, DEBEMAIL  who stands behind the package
#   SOURCE_DATE_EPOCH      its date; that of the last change by default
set -eu
cd "$(dirname "$0")/../../.."
. packaging/setup/common.sh

linux=packaging/linux
dist=${KIOSK_DIST_DIR:-dist}
program=${1:-$dist/voice-kiosk}
out=${2:-$dist}
python=$VENV/bin/python

for tool in dpkg-deb dpkg-shlibdeps; do
    have "$tool" || fail "$tool is missing: install the Debian package dpkg-dev."
done
[ -x "$program/kiosk" ] || fail "There is no frozen program in $program: run 'make package'."

own=$("$program/kiosk" --version) || fail "$program/kiosk does not start."
version=${KIOSK_DEB_VERSION:-${own#kiosk }}-1
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-Voice kiosk maintainers} <${DEBEMAIL:-maintainers@voice-kiosk.example.org}>"
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
day=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)

work=$(mktemp -d)
trap 'rm -rf "$work" "$SETUP_LOG"' EXIT
root=$work/root
doc=$root/usr/share/doc/voice-kiosk

# put MODE SOURCE TARGET: one file, with its folders.
put() { install -D -m "$1" "$2" "$root/$3"; }

# filled TEMPLATE: on stdout, with the version and the date.
filled() { sed -e "s/@VERSION@/$version/g" -e "s/@DATE@/$day/g" "$1"; }

# --- the program -------------------------------------------------------------------------------
install -d "$root/usr/lib" "$root/usr/bin" "$doc"
cp -a "$program" "$root/usr/lib/voice-kiosk"
ln -s ../lib/voice-kiosk/kiosk ../lib/voice-kiosk/voice-kiosk "$root/usr/bin/"
put 755 $linux/libexec/appliance usr/libexec/voice-kiosk/appliance
put 755 $linux/libexec/back-off usr/libexec/voice-kiosk/back-off
put 755 $linux/libexec/voice-kiosk-admin usr/sbin/voice-kiosk-admin

# --- the system --------------------------------------------------------------------------------
put 644 $linux/config/kiosk.toml etc/voice-kiosk/kiosk.toml
put 644 $linux/config/default etc/default/voice-kiosk
put 644 $linux/config/appliance.env usr/share/voice-kiosk/appliance.env
put 644 $linux/systemd/voice-kiosk.pam etc/pam.d/voice-kiosk
put 644 $linux/systemd/voice-kiosk.tmpfiles usr/lib/tmpfiles.d/voice-kiosk.conf
put 644 $linux/systemd/voice-kiosk.preset lib/systemd/system-preset/80-voice-kiosk.preset
for unit in appliance service; do
    name=voice-kiosk-$unit.service
    put 644 "$linux/systemd/$name" "lib/systemd/system/$name"
done

# --- the desktop -------------------------------------------------------------------------------
icons=usr/share/icons/hicolor
put 644 $linux/desktop/voice-kiosk.desktop usr/share/applications/voice-kiosk.desktop
filled $linux/desktop/metainfo.xml.in >"$work/metainfo.xml"
put 644 "$work/metainfo.xml" usr/share/metainfo/io.github.voice_kiosk.VoiceKiosk.metainfo.xml
put 644 resources/app-icon/voice-kiosk.svg $icons/scalable/apps/voice-kiosk.svg
for size in 16 24 32 48 64 128 256; do
    put 644 "resources/app-icon/voice-kiosk-$size.png" \
        "$icons/${size}x$size/apps/voice-kiosk.png"
done

# --- manual pages and completions --------------------------------------------------------------
PYTHONPATH=$linux "$python" -m command_docs "$work/docs" --version "$version" --date "$day"
for page in voice-kiosk.1 voice-kiosk-admin.8; do
    filled "$linux/man/$page.in" >"$work/docs/$page"
done
for page in kiosk.1 voice-kiosk.1 voice-kiosk-admin.8; do
    gzip -9n "$work/docs/$page"
    put 644 "$work/docs/$page.gz" "usr/share/man/man${page##*.}/$page.gz"
done
put 644 "$work/docs/kiosk.bash" usr/share/bash-completion/completions/kiosk
ln -s kiosk "$root/usr/share/bash-completion/completions/voice-kiosk-admin"
put 644 "$work/docs/_kiosk" usr/share/zsh/vendor-completions/_kiosk
put 644 "$work/docs/kiosk.fish" usr/share/fish/vendor_completions.d/kiosk.fish
ln -s kiosk.fish "$root/usr/share/fish/vendor_completions.d/voice-kiosk-admin.fish"

# --- what Debian wants to know -----------------------------------------------------------------
"$python" $linux/licenses.py "$doc/licenses" >"$work/libraries"
sed -e "/@LIBRARIES@/{r $work/libraries
d}" $linux/deb/copyright.in >"$doc/copyright"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
{
    printf 'voice-kiosk (%s) stable; urgency=medium\n\n' "$version"
    printf '  * What is new is told in changelog.gz.\n\n'
    printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.Debian.gz"
chmod 644 "$doc/changelog.gz" "$doc/changelog.Debian.gz" "$doc/copyright"
put 644 $linux/deb/lintian-overrides usr/share/lintian/overrides/voice-kiosk

# Files and folders as Debian has them: nothing that is not run is executable, nothing is writable
# for others.
find "$root" -type d -exec chmod 755 {} +
find "$root/usr/lib/voice-kiosk" "$doc" -type f -exec chmod 644 {} +
chmod 755 "$root/usr/lib/voice-kiosk/kiosk" "$root/usr/lib/voice-kiosk/voice-kiosk"

# --- control -----------------------------------------------------------------------------------
# Which libraries of the system the program links to. Plugins of Qt's for one kind of display do
# without theirs; what this machine cannot resolve is told, and nothing is asked for it.
mkdir -p "$root/DEBIAN" "$work/deps/debian"
printf 'Source: voice-kiosk\n\nPackage: voice-kiosk\nArchitecture: any\n' >"$work/deps/debian/control"
internal=$root/usr/lib/voice-kiosk/_internal
find "$internal" -name '*.so*' -type f | sort >"$work/objects"
xargs -n 1 dirname <"$work/objects" | sort -u >"$work/folders"
own_libraries=$(paste -s -d : "$work/folders")
while read -r object; do
    case $object in
        */platformthemes/libqgtk3.so) continue ;;  # for desktops of GTK, which have it
    esac
    absent=$(LD_LIBRARY_PATH=$own_libraries ldd "$object" 2>/dev/null |
        sed -n 's/^\t\(.*\) => not found$/\1/p' | sort -u | paste -s -d ' ')
    if [ -z "$absent" ]; then
        printf '%s\n' "-e$object" >>"$work/resolved"
    else
        say "Works only where there is $absent: ${object#"$internal"/}"
    fi
done <"$work/objects"
(
    cd "$work/deps"
    # shellcheck disable=SC2046  # one word a line; the folder has no blanks in its name
    dpkg-shlibdeps -O --ignore-missing-info --warnings=0 $(sed 's/^/-l/' "$work/folders") \
        $(cat "$work/resolved") "-e$root/usr/lib/voice-kiosk/kiosk"
) >"$work/depends" 2>"$work/depends.log" || {
    tail -n 20 "$work/depends.log" >&2
    fail "The libraries of the system that the program needs could not be found out."
}
libraries=$(sed -n 's/^shlibs:Depends=//p' "$work/depends")
[ -n "$libraries" ] || fail "dpkg-shlibdeps found no library at all."
# Those that are loaded by name, unless something links to them too.
for name in libportaudio2 libegl1 libgl1 libopengl0 libwayland-cursor0 libwayland-egl1 \
    libxcb-cursor0 libxkbcommon-x11-0; do
    case ", $libraries," in
        *", $name,"* | *", $name "*) ;;
        *) libraries="$libraries, $name" ;;
    esac
done
sed -e "s|@VERSION@|$version|" -e "s|@ARCHITECTURE@|$architecture|" \
    -e "s|@MAINTAINER@|$maintainer|" -e "s|@LIBRARIES@|$libraries|" \
    -e "s|@SIZE@|$(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f 1)|" \
    $linux/deb/control.in >"$root/DEBIAN/control"
for script in preinst postinst prerm postrm; do
    install -m 755 "$linux/deb/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find etc -type f | sort | sed 's|^|/|') >"$root/DEBIAN/conffiles"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -print0 | sort -z |
    xargs -0 md5sum | sed 's|  \./|  |') >"$root/DEBIAN/md5sums"
chmod 644 "$root/DEBIAN/control" "$root/DEBIAN/conffiles" "$root/DEBIAN/md5sums"

# --- package -----------------------------------------------------------------------------------
mkdir -p "$out"
package=$out/voice-kiosk_${version}_$architecture.deb
dpkg-deb --root-owner-group -Z"${KIOSK_DEB_COMPRESSION:-xz}" --build "$root" "$package" >/dev/null
say "$package: $(du -h --apparent-size "$package" | cut -f 1), installed $(
    du -shx --apparent-size "$root" | cut -f 1)"
