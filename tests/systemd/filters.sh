#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# filters.sh UNDER-UNIT UNIT AGENT MODEL BACKEND PICTURES: the agent decodes and classifies under the unit's filters, without
# capabilities, with every file system read-only but one. As root or where users may have namespaces of their own; exit
# code 77 where neither is so. What this is not: systemd itself, cgroups, DynamicUser.
set -euo pipefail

if [[ "${1:-}" == --inside ]]; then
  shift
  state=$1 underUnit=$2 unit=$3 agent=$4 model=$5 backend=$6 pictures=$7
  mount --make-rprivate /
  mount -t tmpfs tmpfs "$state"
  while read -r point; do
    if [[ "$point" != "$state" ]]; then
      mount -o remount,bind,ro "$(printf '%b' "$point")" 2>/dev/null || true
    fi
  done < <(awk '{ print $5 }' /proc/self/mountinfo)
  if touch "$(dirname "$agent")/.written" 2>/dev/null; then
    echo "FAIL: the file system could not be made read-only"
    exit 1
  fi
  # What the unit forbids is refused, so this test can fail.
  if "$underUnit" "$unit" /usr/bin/unshare -U true 2>/dev/null; then
    echo "FAIL: a namespace could be made"
    exit 1
  fi
  cd "$state"
  export HOME=$state XDG_CACHE_HOME=$state TMPDIR=$state
  output=$("$underUnit" "$unit" "$agent" bench --model "$model" --backend "$backend" --images "$pictures" \
    --seconds 0.5 --json)
  printf '%s\n' "$output"
  grep -qE '"(n|images)": ?[1-9]' <<<"$output"
  exit
fi

if ! command -v systemd-analyze >/dev/null; then
  echo "SKIP: there is no systemd-analyze here (Debian: systemd), which knows the sets of system calls"
  exit 77
fi
namespaces=(unshare --mount)
if [[ $EUID -ne 0 ]]; then namespaces=(unshare --user --map-root-user --mount); fi
if ! "${namespaces[@]}" true 2>/dev/null; then
  echo "SKIP: namespaces may not be made here"
  exit 77
fi
state=$(mktemp -d)
trap 'rmdir "$state"' EXIT
"${namespaces[@]}" bash "$0" --inside "$state" "$@"
