#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# shell.sh SOURCE-ROOT: ./check and ./demo answer --help and refuse wrong usage, before they touch anything.
set -uo pipefail
cd "$1" || exit 1
failures=0

# expect CODE REGEX COMMAND...: exit code and a text in the output
expect() {
  local want=$1 text=$2 output code=0
  shift 2
  output=$("$@" 2>&1 </dev/null) || code=$?
  if [[ $code -ne $want ]]; then
    printf 'FAIL: %s: exit code %d instead of %d\n%s\n' "$*" "$code" "$want" "$output"
    failures=$((failures + 1))
  elif ! grep -qE -- "$text" <<<"$output"; then
    printf 'FAIL: %s: no "%s" in:\n%s\n' "$*" "$text" "$output"
    failures=$((failures + 1))
  fi
}

for option in --libtorch=auto --filter --all --help; do expect 0 "$option" ./check --help; done
for option in --headless --agents --images --out --setup-only --help; do expect 0 "$option" ./demo --help; done
expect 2 "'--bogus' is not an option" ./check --bogus
expect 2 "'--bogus' is not an option" ./demo --bogus
expect 2 "'stray' is not an option" ./demo --headless stray
expect 2 "auto, wheel or debian" ./check --libtorch=conda
expect 2 "wants a regular expression" ./check --filter
expect 2 "wants a value" ./demo --out
for number in 0 -1 1.5 two ''; do expect 2 "wants a (number|value)" ./demo --agents "$number"; done
expect 2 "wants a number" ./demo --images=ten

for script in check demo .ci/run installer/setup.sh installer/lib/*.sh tests/layering/*.sh tests/package/*.sh; do
  expect 0 "" bash -n "$script"
done
# Registries and mirrors are the machine's business; PyTorch's public wheel index is the one name that we know.
expect 1 "" grep -nE 'https?://' check demo .ci/run installer/setup.sh installer/lib/packages.sh installer/lib/build.sh
[[ $failures -eq 0 ]]
