#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# security.sh UNIT: systemd itself finds the unit's exposure to be 2.0 or less. Exit code 77: there is no systemd-analyze.
set -euo pipefail
if ! command -v systemd-analyze >/dev/null; then
  echo "SKIP: there is no systemd-analyze here (Debian: systemd)"
  exit 77
fi
systemd-analyze security --offline=true --threshold=20 --no-pager "$1" | grep -v '✓'
# It knows every setting, and none is written wrongly.
output=$(systemd-analyze verify --man=no "$1" 2>&1 || true)
if grep -E "Unknown|Failed to parse|Invalid" <<<"$output"; then exit 1; fi
