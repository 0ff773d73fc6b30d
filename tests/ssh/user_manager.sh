#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# user_manager.sh FOLDER: a user manager of systemd of a test's own, in FOLDER (run, units, home), until it is told to
# end (TERM). Nothing of the machine's own systemd is read or written: the manager has a mount namespace of its own, in
# which the machine looks as if systemd had booted it, a few units, and a cgroup for itself. That last is a must: a
# manager moves every process of the cgroup that it is in. Ends with 77 and the reason where that cannot be had.
set -euo pipefail
folder=$1

cannot() {
  printf '%s\n' "$*"
  exit 77
}

[[ $EUID -eq 0 ]] || cannot "a cgroup of its own needs root here"
for program in /lib/systemd/systemd /usr/bin/systemd-run /usr/bin/systemctl /usr/bin/unshare; do
  [[ -x $program ]] || cannot "$program is missing (systemd)"
done

# hierarchies: "CONTROLLERS FOLDER PATH" of each that this process is in.
hierarchies() {
  local controllers path mount
  while IFS=: read -r _ controllers path; do
    if [[ -z "$controllers" ]]; then
      mount=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
    else
      mount=$(findmnt -n -t cgroup -O "$controllers" -o TARGET | head -n 1)
    fi
    [[ -z "$mount" ]] || printf '%s %s %s\n' "${controllers:--}" "$mount" "$path"
  done </proc/self/cgroup
}

name="vitfleet-test-$$"
mapfile -t found < <(hierarchies)
# Where systemd looks for what to move: its own hierarchy of the first kind, or the only one of the second.
base=
for entry in "${found[@]}"; do
  read -r controllers _ path <<<"$entry"
  [[ "$controllers" != name=systemd && ( "$controllers" != - || -n "$base" ) ]] || base=$path
done
[[ -n "$base" ]] || cannot "no cgroup hierarchy that systemd could use"
own="${base%/}/$name"

groups=()
removeGroups() {
  local group
  for group in "${groups[@]}"; do
    [[ ! -d "$group" ]] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}
trap removeGroups EXIT
for entry in "${found[@]}"; do
  read -r controllers mount _ <<<"$entry"
  [[ "$controllers" != cpuset ]] || continue # a new one takes nobody in before it is set up, and systemd leaves it alone
  mkdir "$mount$own" 2>/dev/null || cannot "no cgroup can be made in $mount"
  groups+=("$mount$own")
done

mkdir -p -m 700 "$folder"/{run,units,home}
for unit in basic.target shutdown.target exit.target systemd-exit.service; do
  ln -sf "/usr/lib/systemd/user/$unit" "$folder/units/$unit"
done
printf '[Unit]\nDescription=Nothing that starts by itself\n' >"$folder/units/default.target"

(
  for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs"; done
  # Never a manager beside processes of others.
  while IFS=: read -r _ controllers path; do
    [[ "$controllers" != name=systemd && -n "$controllers" ]] || [[ "$path" == "$own" ]] || exit 77
  done <"/proc/$BASHPID/cgroup"
  # shellcheck disable=SC2016 # for the inner shell
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$folder/home" XDG_RUNTIME_DIR="$folder/run" \
    SYSTEMD_UNIT_PATH="$folder/units" unshare -m --propagation private \
    sh -c 'mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && exec /lib/systemd/systemd --user --log-target=console'
) &
manager=$!
trap 'kill -TERM "$manager" 2>/dev/null' TERM INT
code=0
wait "$manager" || code=$?
# Interrupted by a signal: the manager ends its units first.
while kill -0 "$manager" 2>/dev/null; do wait "$manager" || true; done
[[ $code -ne 77 ]] || cannot "the manager would not be alone in its cgroup"
