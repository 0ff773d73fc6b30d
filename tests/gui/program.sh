#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The program's arguments, its end on SIGTERM, and a second start on the same database.
set -eu
program=$1
folder=$(mktemp -d)
first=
second=
trap 'for p in $first $second; do kill "$p" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
export VITFLEET_HOME="$folder/home" TMPDIR="$folder"

"$program" --version | grep -q "vitfleet"
"$program" --help | grep -q -- "--demo"
for bad in "--agents 0" "--agents many" "--limit -1" "--no-such-option" "stray"; do
    rc=0
    # shellcheck disable=SC2086 # an option and its value
    "$program" $bad >/dev/null 2>"$folder/err" || rc=$?
    [ "$rc" -ne 0 ] && [ -s "$folder/err" ] || { echo "accepted: $bad"; exit 1; }
done

wait_for() { # what, then a command: until it holds
    what=$1; shift
    n=0
    until "$@"; do
        n=$((n + 1))
        [ "$n" -lt 600 ] || { echo "waited in vain: $what"; exit 1; }
        sleep 0.1
    done
}

"$program" --db "$folder/run.db" 2>"$folder/first.err" &
first=$!
wait_for "the database" test -s "$folder/run.db"
# The second start shows the first one's window and ends.
has_socket() { ls "$folder"/vitfleet-* >/dev/null 2>&1; }
wait_for "the first one's window" has_socket
rc=0; "$program" --db "$folder/run.db" 2>"$folder/second.err" || rc=$?
[ "$rc" -eq 0 ] && grep -q "brought to the front" "$folder/second.err" || { echo "the second start ended with $rc"; exit 1; }
# One that cannot reach it says who has the database.
mkdir "$folder/elsewhere"
TMPDIR="$folder/elsewhere" "$program" --db "$folder/run.db" 2>"$folder/third.err" &
second=$!
wait_for "the third one's complaint" grep -q E_DB_BUSY "$folder/third.err"
kill -TERM "$second"
rc=0; wait "$second" || rc=$?
[ "$rc" -eq 3 ] || { echo "the third start ended with $rc, not 3"; exit 1; }
second=
kill -TERM "$first"
rc=0; wait "$first" || rc=$?
[ "$rc" -eq 0 ] || { echo "SIGTERM ended it with $rc, not 0"; cat "$folder/first.err"; exit 1; }
first=
