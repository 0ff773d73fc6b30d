#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# install-packages.sh PACKAGE...: as root. Installs packages and starts none of their services, now or at the next boot:
# the tests bring up Slurm and sshd of their own, and nobody wants another way into the machine. What runs already may be
# restarted as ever.
#
# Debian asks /usr/sbin/policy-rc.d before it starts a service. One that is there already is left as it is; ours is
# removed at the end, also after an interruption. A kill -9 leaves it; the next run takes it away.
set -euo pipefail

policy=${VITFLEET_POLICY:-/usr/sbin/policy-rc.d} # tests change it
mark="# Written by VitFleet's set-up, process"

# Of ours, those whose services Debian enables.
withServices=" openssh-server munge slurmctld slurmd "

# Prints the units that a package brings: "ssh.service", "slurmd.service".
unitsOf() { dpkg -L "$1" 2>/dev/null | sed -nE 's#^(/usr)?/lib/systemd/system/([^/@]+\.(service|socket))$#\2#p'; }

# The file of a run that was killed.
removeStale() {
  local owner
  owner=$(sed -n "s/^$mark //p" "$policy" 2>/dev/null) || true
  if [[ -n "$owner" ]] && ! kill -0 "$owner" 2>/dev/null; then rm -f "$policy"; fi
}

forbidStarts() {
  local running
  running=$(systemctl list-units --type=service --state=running --plain --no-legend 2>/dev/null |
    sed -nE 's/^([^ ]+)\.service .*/\1/p' | tr '\n' ' ') || true
  removeStale
  new=$(mktemp "$policy.XXXXXX")
  trap 'rm -f "$new"' EXIT
  cat >"$new" <<TEXT
#!/bin/sh
$mark $$
# Called with a service and an action; 101 forbids it. What ran before may run again.
case " $running " in *" \${1%.service} "*) exit 0 ;; esac
exit 101
TEXT
  chmod 755 "$new"
  # Fails where there is one: then it is the machine's, and decides.
  if ln "$new" "$policy" 2>/dev/null; then
    trap 'rm -f "$new" "$policy"' EXIT
  else
    printf 'there is a %s already: it decides which services start\n' "$policy"
  fi
  rm -f "$new"
  # Not before apt has ended: it would start them.
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

forbidStarts
status=0
# An earlier run that was cut off leaves packages half configured, and apt refuses everything until they are not.
{
  dpkg --configure -a </dev/null &&
    apt-get -o DPkg::Lock::Timeout=300 -o APT::Color=0 install -y --no-install-recommends "$@" </dev/null
} || status=$?
for package in "$@"; do
  [[ "$withServices" == *" $package "* ]] || continue
  for unit in $(unitsOf "$package"); do
    systemctl disable "$unit" || true
  done
done
exit "$status"
