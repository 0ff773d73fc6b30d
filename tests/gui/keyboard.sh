#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# e34 for real: the program on a virtual display, real agents, and a keyboard. From the first window to the CSV of a
# filtered view: demo, results, Wrong only, export. Skipped (77) without xvfb-run and xdotool.
#   tests/gui/keyboard.sh VITFLEET [PICTURE.png]
set -euo pipefail
if [[ ${VITFLEET_KEYBOARD_DISPLAY:-} != yes ]]; then
    if ! command -v xvfb-run >/dev/null || ! command -v xdotool >/dev/null; then
        echo "skipped: needs xvfb-run and xdotool"
        exit 77
    fi
    export VITFLEET_KEYBOARD_DISPLAY=yes
    exec xvfb-run -a -s "-screen 0 1600x1000x24" "$0" "$@"
fi
program=$1
picture=${2:-}
folder=$(mktemp -d)
export VITFLEET_HOME="$folder/home" TMPDIR="$folder" LC_ALL=C.UTF-8 QT_QPA_PLATFORM=xcb
pid=
trap '[[ -z $pid ]] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT

wait_for() { # what, seconds, then a command: until it holds
    local what=$1 left=$(($2 * 5))
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((left-- > 0)) || { echo "waited in vain: $what"; exit 1; }
        sleep 0.2
    done
}
key() { xdotool key --clearmodifiers --window "$window" "$@"; }
"$program" --db "$folder/run.db" --limit 600 2>"$folder/errors" &
pid=$!
wait_for "the window" 60 xdotool search --all --onlyvisible --pid "$pid" --name .
window=$(xdotool search --all --onlyvisible --pid "$pid" --name . | head -1)
xdotool windowfocus --sync "$window"
finished() { "$(dirname "$program")/vitfleet-cli" runs --db "$folder/run.db" 2>/dev/null | grep -q finished; }
wait_for "the first page" 20 test -s "$folder/run.db"

key Return                        # Start demo fleet has the focus
wait_for "the end of the run" 120 finished
key ctrl+3                        # Results
key ctrl+k                        # the palette finds everything
xdotool type --window "$window" "labelled wrong"
key Return                        # Show only wrong ones
key ctrl+e                        # export what is shown
wait_for "the file dialog" 20 xdotool search --all --onlyvisible --pid "$pid" --name "Export CSV"
dialog=$(xdotool search --all --onlyvisible --pid "$pid" --name "Export CSV" | head -1)
xdotool windowfocus --sync "$dialog"
xdotool type --window "$dialog" "$folder/wrong.csv"
# Return closes the dialog before the key is up again, which xdotool calls an error.
xdotool key --window "$dialog" Return 2>/dev/null || true
wait_for "the CSV" 30 test -s "$folder/wrong.csv"
[[ -z $picture ]] || import -window "$window" "$picture" 2>/dev/null || true
"$(dirname "$program")/vitfleet-cli" export 1 "$folder/all.csv" --db "$folder/run.db" >/dev/null
all=$(($(wc -l <"$folder/all.csv") - 1))
wrong=$(($(wc -l <"$folder/wrong.csv") - 1))
[[ $all -eq 600 ]] || { echo "$all rows, not 600"; exit 1; }
((wrong > 0 && wrong * 5 < all)) || { echo "$wrong of $all rows are called wrong"; exit 1; }
xdotool windowfocus "$window" # no window manager gives it back
gone() { ! kill -0 "$pid"; }
key ctrl+q 2>/dev/null || true # it is gone before the key is up
wait_for "the end of the program" 30 gone
wait "$pid" || { echo "the program ended with $?"; cat "$folder/errors"; exit 1; }
pid=
echo "$wrong of $all rows by keyboard alone"
