#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the pictures of docs/images from a real demo run over all 10,000 pictures; that of a prediction for a cluster
# is of a scripted one.
#   tests/gui/screenshots.sh [BUILD] [DIR]     (default: build docs/images)
# Those of the guides, with nodes of a Slurm and of SSH hosts that the test starts:
#   tests/gui/screenshots.sh --nodes [BUILD] [DIR]
# Or every page in every state and what happens on them, in both themes, from scripted fleets:
#   tests/gui/screenshots.sh --states DIR
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${1:-}" = --states ]; then
    VITFLEET_TEST_SUITE=TestPictures,TestMoments VITFLEET_SCREENSHOTS=$2 QT_QPA_PLATFORM=offscreen exec "$here/build/tests/window_pages"
fi
program=window_demo
names='first-light fleet-light run-dark results-light matrix-light drill-light history-light scaleout-light events-light settings-dark prediction-profile'
if [ "${1:-}" = --nodes ]; then
    program=window_nodes
    names='slurm-run slurm-fleet ssh-fleet'
    shift
fi
build=${1:-$here/build}
out=${2:-$here/docs/images}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# A virtual display draws text as a user's does; without one Qt's own offscreen platform will do.
platform=offscreen
run=
if command -v xvfb-run >/dev/null; then
    platform=xcb
    run='xvfb-run -a -s "-screen 0 1600x1000x24"'
fi
# The pictures show where the demo's files lie: as on a machine where the program is installed.
mkdir -p "$folder/usr/share"
ln -s "$here/resources" "$folder/usr/share/vitfleet"
VITFLEET_RESOURCES=$folder/usr/share/vitfleet VITFLEET_SCREENSHOTS=$folder VITFLEET_TEST_DEMO_IMAGES=${VITFLEET_TEST_DEMO_IMAGES:-0} QT_QPA_PLATFORM=$platform \
    sh -c "$run \"\$0\"" "$build/tests/$program"
if [ $program = window_demo ]; then
    VITFLEET_TEST_SUITE=TestPrediction VITFLEET_SCREENSHOTS=$folder QT_QPA_PLATFORM=$platform \
        sh -c "$run \"\$0\" aProfileHasStartUpAndPrice" "$build/tests/window_pages"
fi
mkdir -p "$out"
for name in $names; do
    crop=
    [ "$name" != prediction-profile ] || crop='-crop 380x400+96+340 +repage' # what the page says of nodes
    # Flat colours: a palette loses nothing that can be seen, and a third of the size.
    if command -v convert >/dev/null; then
        # shellcheck disable=SC2086 # an option and its value, or nothing
        convert "$folder/$name.png" $crop -dither None -colors 200 -strip -define png:compression-level=9 "PNG8:$out/$name.png"
    else
        cp "$folder/$name.png" "$out/$name.png"
    fi
    echo "$out/$name.png: $(($(stat -c %s "$out/$name.png") / 1024)) KiB"
done
