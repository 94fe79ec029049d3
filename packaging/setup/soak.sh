#!/bin/sh
# Kills real kiosks at random moments, 1,000 times each of what they write, then loads one database
# from two processes, and floods the service; takes some hours. Ends with 1 when anything was found wrong. One that was
# stopped goes on where it was, unless the program has changed since.
#
#   soak.sh [TIMES [SECONDS]]  how often each is done, and how long the load lasts
set -eu
cd "$(dirname "$0")/../.."
. packaging/setup/common.sh

sh "$SETUP/setup.sh" dev
say "== kill -9 amid enrollments, erasures, changes of keys, migrations, backups, restores and restore drills"
"$VENV/bin/python" -m tests.soak.kill_nine --each "${1:-1000}" --state .soak/kill-nine.json
say "== A desktop and a service on one database"
"$VENV/bin/python" -m tests.soak.mixed_load "${2:-300}"
say "== Uploads that are no sound, and requests of every kind"
MALFORMED_UPLOADS=10000 SCHEMA_EXAMPLES=100 "$VENV/bin/python" -m pytest -q \
    tests/api/hearing/test_malformed_uploads.py tests/api/answers/test_schema.py
say "== Whether the time of a try tells if anybody has the ID"
"$VENV/bin/python" -m tests.soak.alike
