#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The program's arguments, its end on SIGTERM, and a second start on the same database.
set -eu
program=$1
folder=$(mktemp -d)
first=
second=
trap 'for p in $first $second; do kill "$p" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
export VITFLEET_HOME="$folder/home"

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
"$program" --db "$folder/run.db" 2>"$folder/second.err" &
second=$!
wait_for "the second one's complaint" grep -q E_DB_BUSY "$folder/second.err"
kill -TERM "$second"
rc=0; wait "$second" || rc=$?
[ "$rc" -eq 3 ] || { echo "the second start ended with $rc, not 3"; exit 1; }
second=
kill -TERM "$first"
rc=0; wait "$first" || rc=$?
[ "$rc" -eq 0 ] || { echo "SIGTERM ended it with $rc, not 0"; cat "$folder/first.err"; exit 1; }
first=
