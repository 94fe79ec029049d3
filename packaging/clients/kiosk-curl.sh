#!/bin/sh
# Enrolls and verifies people over HTTP with curl alone.
#
#   sh kiosk-curl.sh enroll anna first.wav
#   sh kiosk-curl.sh verify anna probe.wav     prints {"result":"True","score":0.91}
#
# The service is found at KIOSK_ADDRESS, by default http://127.0.0.1:3000; KIOSK_API_KEY holds the
# key, which a service that listens on 127.0.0.1 does not ask for. For HTTPS with a certificate of
# one's own, CURL_CA_BUNDLE names it. The answer of the service goes to stdout; exit code 0 when it
# answered 200, else 2.
set -eu

address=${KIOSK_ADDRESS:-http://127.0.0.1:3000}
case ${1:-}:$# in
    enroll:3 | verify:3) ;;
    *)
        sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac

if [ ! -f "$3" ] || [ ! -r "$3" ]; then
    printf '%s: there is no such file, or it cannot be read.\n' "$3" >&2
    exit 2
fi
if [ ! -s "$3" ]; then
    printf '%s: the file is empty.\n' "$3" >&2
    exit 2
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# A key belongs into no argument: everybody on this machine can list those.
: >"$scratch/options"
chmod 600 "$scratch/options"
if [ -n "${KIOSK_API_KEY:-}" ]; then
    printf 'header = "Authorization: Bearer %s"\n' "$KIOSK_API_KEY" >"$scratch/options"
fi

# post PATH: sends the JSON on stdin; the answer goes to $scratch/answer, and is told when it is
# not 200.
post() {
    status=$(curl --silent --show-error --max-time 30 --config "$scratch/options" \
        --header 'Content-Type: application/json' --data-binary @- \
        --output "$scratch/answer" --write-out '%{http_code}' "$address$1") || exit 2
    [ "$status" = 200 ] && return 0
    printf '%s %s\n' "$status" "$(cat "$scratch/answer")" >&2
    exit 2
}

# text STRING: as JSON; IDs hold no control characters.
text() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }

printf '{}' | post /start_stream
stream=$(sed 's/.*"uuid" *: *"\([^"]*\)".*/\1/' "$scratch/answer")

split -b 30000 -a 4 "$3" "$scratch/chunk."
for chunk in "$scratch"/chunk.*; do
    { printf '{"data":"' && base64 <"$chunk" | tr -d '\n' && printf '"}'; } |
        post "/upload_stream_data/$stream"
done

printf '{"uuid":"%s","external_id":%s}' "$stream" "$(text "$2")" | post "/vv/$1"
cat "$scratch/answer"
[ ! -s "$scratch/answer" ] || echo
