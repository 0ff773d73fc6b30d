#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# rules.sh CMAKE SOURCE-ROOT WORK-FOLDER: the configure-time check accepts the good graph and names the chain of each
# bad one.
set -uo pipefail
cmake=$1
root=$2
work=$3
failures=0

configure() { "$cmake" -S "$root/tests/layering/rules" -B "$work/$1" -DCASE="$1" -DVITFLEET_ROOT="$root" 2>&1; }

# refused CASE TEXT
refused() {
  local output
  if output=$(configure "$1"); then
    printf 'FAIL: %s was not refused\n' "$1"
    failures=$((failures + 1))
  elif ! grep -qF -- "$2" <<<"$output"; then
    printf 'FAIL: %s: no "%s" in:\n%s\n' "$1" "$2" "$output"
    failures=$((failures + 1))
  fi
}

if ! output=$(configure none); then
  printf 'FAIL: the good graph was refused:\n%s\n' "$output"
  failures=$((failures + 1))
fi
refused ui-store "Layers: ui -> store"
refused store-net "Layers: store -> net"
refused helper "Layers: models -> helper -> transport"
refused agent-qt "Layers: backend_api -> Qt6::Core"
refused cli-widgets "Layers: cli -> Qt6::Widgets"
refused zmq-outside "Layers: net -> zmq"
refused zmq-shown "zeromq must stay inside"
refused app-opencv "Layers: app_core -> opencv_imgproc"
refused unknown "'nowhere', which"
[[ $failures -eq 0 ]]
