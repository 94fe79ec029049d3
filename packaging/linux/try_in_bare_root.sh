#!/bin/sh
# Tries the package where nothing else is: in a Debian root that debootstrap makes. As root.
#
#   try_in_bare_root.sh FORMER.deb NEW.deb OUT
#
# FORMER is installed with what it depends on and nothing more, people are enrolled, NEW is
# installed over it, the smoke test runs inside, the appliance's session is started, and everything
# is purged. OUT gets the pictures and what each step said. Nothing in the root is started by
# systemd: there is none.
#
# Environment:
#   KIOSK_BARE_ROOT  an untouched root to copy; debootstrap makes one where it is not set
#   KIOSK_SUITE      the release that debootstrap makes; bookworm by default
#   KIOSK_MIRROR     where debootstrap and apt find it; where this machine's apt does by default
set -eu
cd "$(dirname "$0")/../.."
. packaging/setup/common.sh

[ $# -eq 3 ] || fail "usage: try_in_bare_root.sh FORMER.deb NEW.deb OUT"
[ "$(id -u)" = 0 ] || fail "Making a root takes root: start it with sudo."
for file in "$1" "$2"; do
    [ -f "$file" ] || fail "There is no package $file."
done
former=$1 new=$2 out=$3
suite=${KIOSK_SUITE:-bookworm}
# shellcheck disable=SC2016  # apt expands that, not the shell
mirror=${KIOSK_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    head -n 1)}
[ -n "$mirror" ] || fail "apt has no source here: name a mirror in KIOSK_MIRROR."
here=packaging/linux
python=$VENV/bin/python
[ -x "$python" ] || python=python3
# What the smoke test needs; the kiosk itself needs none of it.
tools="xvfb xauth pulseaudio pulseaudio-utils flite xinit cage xwayland"

mkdir -p "$out"
scratch=$(mktemp -d)
root=$scratch/root

leave() {
    for place in dev/shm dev/pts dev proc; do
        ! mountpoint -q "$root/$place" || umount "$root/$place"
    done
    # Never into what is still mounted.
    rm -rf --one-file-system "$scratch" "$SETUP_LOG"
}
trap leave EXIT

# Nothing of what this machine is set to reaches the root.
inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}
install_packages() {
    # Nobody is there to be asked: settings that the site has edited stay, as when apt asks and
    # somebody presses Return.
    quietly "apt could not install: $*" inside apt-get -q install -y --no-install-recommends \
        -o Dpkg::Options::=--force-confold "$@"
}
# check WHAT COMMAND...: one line, and an end with the command's words when it fails.
check() {
    what=$1
    shift
    "$@" >"$SETUP_LOG" 2>&1 || {
        tail -n 40 "$SETUP_LOG" >&2
        fail "WRONG: $what"
    }
    say "ok     $what"
}
absent() { ! "$@" >/dev/null 2>&1; }
code() {
    wanted=$1
    shift
    got=0
    "$@" || got=$?
    [ "$got" -eq "$wanted" ] || { echo "exit code $got, not $wanted"; return 1; }
}
holds() { grep -q -e "$1" "$2"; }
# mode "USER MODE" PATH: by the users of the root, not of this machine.
mode() { [ "$(inside stat -c '%U %a' "$2")" = "$1" ] || { inside stat -c '%n %U %a' "$2"; return 1; }; }
# Every file of the root, but for what apt and dpkg themselves keep, caches and temporary files.
files() {
    (cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./sys -o -path ./tmp -o -path ./run \
        -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache \
        -o -path ./var/log/apt -o -path ./var/lib/systemd \) -prune -o -print | sort)
}

# --- a bare root -------------------------------------------------------------------------------
if [ -n "${KIOSK_BARE_ROOT:-}" ]; then
    cp -a "$KIOSK_BARE_ROOT" "$root"
else
    say "Making a bare $suite …"
    quietly "debootstrap failed." debootstrap --variant=minbase "$suite" "$root" "$mirror"
fi
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount --bind /dev/pts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/resolv.conf"
quietly "apt-get update failed." inside apt-get -q update
check "no Python and no compiler" absent inside sh -c 'command -v python3 || command -v cc'
files >"$out/files-before.txt"

# --- installed with its dependencies alone -----------------------------------------------------
cp "$former" "$root/tmp/former.deb"
cp "$new" "$root/tmp/new.deb"
install_packages /tmp/former.deb
say "       with $(inside dpkg-query -W -f '.\n' | wc -l) packages in all"
check "files are as they were packed (dpkg --verify)" inside dpkg --verify voice-kiosk
check "a system user 'kiosk' that nobody can be" \
    inside sh -c 'getent passwd kiosk | grep -q ":/var/lib/voice-kiosk:/usr/sbin/nologin$"'
check "its folders are its own" mode "kiosk 700" /var/lib/voice-kiosk
check "the logs are its own" mode "kiosk 700" /var/log/voice-kiosk
check "no unit is enabled" absent sh -c "find $root/etc/systemd/system -name 'voice-kiosk*' | grep ."
check "the program starts" inside kiosk --version
# But for what serves a desktop of GTK, or a screen without any session: neither is asked for.
cat >"$root/tmp/libraries.sh" <<'SCRIPT'
cd /usr/lib/voice-kiosk
LD_LIBRARY_PATH=$(find "$PWD" -name '*.so*' -printf '%h\n' | sort -u | paste -s -d :)
export LD_LIBRARY_PATH
! find . -name '*.so*' -type f ! -name libqgtk3.so ! -name '*[Ee]gl[Ff][Ss]*' -exec ldd {} + 2>/dev/null | grep 'not found'
SCRIPT
check "all libraries of the program are found" inside sh /tmp/libraries.sh
# A machine without a microphone is told so: nothing else may be amiss.
inside voice-kiosk-admin doctor --json >"$out/doctor.json" 2>"$out/doctor.log" || true
check "doctor misses nothing but a microphone" "$python" - "$out/doctor.json" <<'PYTHON'
import json, sys
found = json.load(open(sys.argv[1]))["findings"]
wrong = [each for each in found if not each["ok"] and each["name"] != "microphone"]
sys.exit(str(wrong) if wrong or not found else 0)
PYTHON

# --- people ------------------------------------------------------------------------------------
# shellcheck disable=SC2086  # the list is meant to be split
install_packages $tools
mkdir -m 755 "$root/tmp/voices"
number=0
while read -r text; do
    number=$((number + 1))
    for voice in slt awb; do
        inside flite -voice $voice -t "$text" -o "/tmp/voices/$voice-$number.wav"
    done
done <<'TEXTS'
The harbor was quiet this morning, and a thin layer of fog covered the water until the sun came over the hills.
Please open the second door on the left, walk past the library, and wait for me near the large window.
My grandmother planted seven apple trees behind the house, and every autumn we pick more fruit than we can eat.
A good recording needs a calm room, a steady voice, and a little patience from everybody who takes part in it.
TEXTS
admin() { inside voice-kiosk-admin "$@"; }
check "enrolled as the appliance's user" admin enroll --user 1001 --name "Alice Moreau" --consent \
    /tmp/voices/slt-1.wav /tmp/voices/slt-2.wav /tmp/voices/slt-3.wav
check "verified" code 0 admin verify --user 1001 /tmp/voices/slt-4.wav
check "a stranger is rejected" code 1 admin verify --user 1001 /tmp/voices/awb-4.wav
check "nothing of it is for others" absent sh -c "find $root/var/lib/voice-kiosk \
    $root/var/log/voice-kiosk -perm /077 ! -type l | grep ."
echo 'language = "en"' >>"$root/etc/voice-kiosk/kiosk.toml"

# --- upgraded ----------------------------------------------------------------------------------
install_packages /tmp/new.deb
say "       now $(inside dpkg-query -W voice-kiosk)"
admin users list --json >"$out/users.json"
check "the upgrade kept the people" holds "Alice Moreau" "$out/users.json"
check "and their voiceprints" code 0 admin verify --user 1001 /tmp/voices/slt-4.wav
check "a stranger is rejected still" code 1 admin verify --user 1001 /tmp/voices/awb-4.wav
check "the upgrade kept the configuration" holds '^language = "en"' \
    "$root/etc/voice-kiosk/kiosk.toml"
admin doctor --json >"$out/doctor.json" 2>/dev/null || true
check "which is in force" holds '"name": "language", "value": "en", "origin": "site"' \
    "$out/doctor.json"

# --- the whole job -----------------------------------------------------------------------------
# told FILE COMMAND...: what it says goes to the screen and into a file; an end when it fails.
told() {
    file=$out/$1
    shift
    "$@" >"$file" 2>&1 || {
        cat "$file" >&2
        fail "WRONG: $*"
    }
    cat "$file"
}
say "The smoke test …"
told smoke.txt "$python" packaging/smoke_test.py /usr/lib/voice-kiosk --chroot "$root" \
    --screenshots "$out/screenshots"
say "The appliance's session …"
for kind in x11 wayland; do
    told "session-$kind.txt" "$python" $here/try_session.py "$root" "$kind" "$out"
done

# --- removed, purged ---------------------------------------------------------------------------
quietly "The package could not be removed." inside apt-get -q remove -y voice-kiosk
check "removed: people and configuration stay" test -e "$root/var/lib/voice-kiosk/data/kiosk.db" \
    -a -e "$root/etc/voice-kiosk/kiosk.toml"
check "removed: the program is gone" absent test -e "$root/usr/lib/voice-kiosk"
quietly "The package could not be purged." inside apt-get -q purge -y voice-kiosk
# shellcheck disable=SC2086  # the list is meant to be split
quietly "The tools could not be purged." inside apt-get -q purge -y --auto-remove $tools
quietly "apt-get autopurge failed." inside apt-get -q autopurge -y
files >"$out/files-after.txt"
diff "$out/files-before.txt" "$out/files-after.txt" >"$out/files.diff" || true
check "purged: nothing of it is left" absent holds 'voice-kiosk\|kiosk\.' "$out/files.diff"
check "purged: its user stays, as policy has it" inside getent passwd kiosk
say "Other files that packages left behind: $(grep -c '^>' "$out/files.diff" || true) (files.diff)"
say "All is well."
