#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The set-up installs packages without starting their services: with stand-ins for dpkg, apt-get and systemctl, and a
# policy file in a folder of the test's own.
set -euo pipefail

script="$1/installer/lib/install-packages.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
export VITFLEET_POLICY="$work/policy-rc.d" WORK="$work" PATH="$work/bin:$PATH"

fail() {
  printf 'FAIL: %s\n' "$*"
  exit 1
}
standIn() { { printf '#!/bin/bash\n'; cat; } >"$work/bin/$1"; chmod 755 "$work/bin/$1"; }

standIn dpkg <<'TEXT'
case "$*" in
  "-L openssh-server") printf '/lib/systemd/system/ssh.service\n/lib/systemd/system/rescue-ssh@.service\n/usr/sbin/sshd\n' ;;
  "-L systemd") printf '/lib/systemd/system/rescue.service\n' ;;
esac
TEXT
standIn systemctl <<'TEXT'
case "$1" in
  list-units) printf 'cron.service loaded active running Regular jobs\ndbus.service loaded active running D-Bus\n' ;;
  *) echo "$*" >>"$WORK/systemctl.log" ;;
esac
TEXT
# As a package's own script would ask.
standIn apt-get <<'TEXT'
for service in ssh slurmd.service cron dbus.service; do
  code=0
  "$VITFLEET_POLICY" "$service" start || code=$?
  echo "$service $code" >>"$WORK/asked.log"
done
if [[ -e "$WORK/hang" ]]; then touch "$WORK/installing"; sleep 2; touch "$WORK/installed"; fi
exit "$(cat "$WORK/code" 2>/dev/null || echo 0)"
TEXT

bash "$script" openssh-server systemd
printf 'ssh 101\nslurmd.service 101\ncron 0\ndbus.service 0\n' | diff - "$work/asked.log" || fail "what may start"
[[ "$(cat "$work/systemctl.log")" == "disable ssh.service" ]] || fail "disabled: $(cat "$work/systemctl.log")"
[[ -z "$(ls "$work"/policy-rc.d* 2>/dev/null)" ]] || fail "the policy stays"

# apt's failure is ours, and the file goes.
echo 100 >"$work/code"
code=0
bash "$script" openssh-server || code=$?
[[ $code -eq 100 ]] || fail "apt's failure became $code"
[[ ! -e "$work/policy-rc.d" ]] || fail "the policy stays after a failure"
rm "$work/code"

# Interrupted: apt ends first, then the file goes.
touch "$work/hang"
bash "$script" openssh-server &
until [[ -e "$work/installing" ]]; do sleep 0.05; done
kill -TERM $!
code=0
wait $! || code=$?
[[ $code -eq 143 && -e "$work/installed" && ! -e "$work/policy-rc.d" ]] || fail "after TERM: $code"
rm "$work/hang"

# One of the machine's own is neither used nor removed; one of a set-up that was killed is.
printf '#!/bin/sh\nexit 104\n' >"$work/policy-rc.d"
chmod 755 "$work/policy-rc.d"
: >"$work/asked.log"
bash "$script" openssh-server
grep -q '^ssh 104$' "$work/asked.log" || fail "the machine's policy was not asked"
grep -q 'exit 104' "$work/policy-rc.d" || fail "the machine's policy was changed"
gone=$(bash -c 'echo $$')
printf '#!/bin/sh\n# Written by VitFleet'\''s set-up, process %s\nexit 101\n' "$gone" >"$work/policy-rc.d"
bash "$script" openssh-server
[[ ! -e "$work/policy-rc.d" ]] || fail "the policy of a killed set-up stays"
