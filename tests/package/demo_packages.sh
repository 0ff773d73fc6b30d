#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# demo_packages.sh SOURCE-ROOT CMAKE LIBTORCH: ./demo configures with the packages that it installs itself, and with
# nothing that only ./check installs. On a machine that has both, the difference is seen only by looking where each thing
# that CMake found comes from.
set -euo pipefail
root=$1
cmake=$2
torch=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=installer/setup.sh
. "$root/installer/setup.sh"

failures=0
wrong() {
  printf 'FAIL: %s\n' "$*"
  failures=$((failures + 1))
}

echo "--- the tests are configured where their packages are"
configuredWith() {
  (
    # The set-up's own functions, but for what looks at the machine and what writes.
    missingPackages() { [[ "$lacking" == no ]] || printf 'librapidcheck-dev\n'; }
    configureTree() { printf '%s\n' "$*"; }
    configureRelease "$1"
  )
}
for row in 'build yes OFF' 'build no ON' 'test yes ON' 'test no ON'; do
  read -r goal lacking want <<<"$row"
  [[ "$(configuredWith "$goal")" == *"-DVITFLEET_TESTS=$want"* ]] || wrong "$goal, packages lacking: $lacking: not $want"
done

echo "--- what the programs find comes with the packages that ./demo installs"
if ! isSupportedSystem || ! command -v apt-cache >/dev/null; then
  echo "skipped: this is not Debian 12"
  [[ $failures -eq 0 ]]
  exit
fi
"$cmake" -S "$root" -B "$work/tree" --preset release -DVITFLEET_LIBTORCH="$torch" -DVITFLEET_TESTS=OFF \
  >"$work/configure.log" 2>&1 || { tail -n 20 "$work/configure.log"; exit 1; }
sed -n 's/^[A-Za-z0-9_]*_DIR:PATH=\(\/usr\/.*\)/\1/p' "$work/tree/CMakeCache.txt" | sort -u >"$work/found"
[[ -s "$work/found" ]] || wrong "CMake found no package at all"
apt-cache depends --recurse --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances --installed \
  "${packagesToBuild[@]}" "${packagesOfDebianTorch[@]}" | grep -v '^ ' | sed 's/:.*//' | sort -u >"$work/allowed"
while IFS= read -r folder; do
  owners=$(dpkg-query -S "$folder" | sed 's/: \/.*//' | tr ',' '\n' | sed 's/^ *//; s/:.*//' | sort -u)
  grep -qxFf "$work/allowed" <<<"$owners" || wrong "$folder belongs to $owners, which ./demo does not install"
done <"$work/found"
cat "$work/found"
[[ $failures -eq 0 ]]
