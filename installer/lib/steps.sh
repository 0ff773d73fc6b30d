# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Steps: each says what it does and how long it took; the output of a step is kept in build/.setup/logs and only
# shown, its last lines, where it fails.

# The terminal, where there is one: inside a step, standard output is the log.
exec 3>&1

stateDir="$root/build/.setup"
logDir="$stateDir/logs"

say() { printf '%s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

# fail CODE SENTENCE
fail() {
  printf 'vitfleet: %s\n' "$2" >&2
  exit "$1"
}

# now: tenths of a second since the epoch; no fork.
now() {
  local time=${EPOCHREALTIME/[.,]/}
  printf '%s' "$((time / 100000))"
}
# since START: "12.3 s"
since() {
  local tenths=$(($(now) - $1))
  printf '%d.%d s' "$((tenths / 10))" "$((tenths % 10))"
}

skipped() { printf '==> %s: %s\n' "$1" "$2"; }

# step TEXT LOGNAME ADVICE COMMAND...: ends the script where the command fails.
step() {
  local text=$1 log="$logDir/$2.log" advice=$3 start code=0
  shift 3
  mkdir -p "$logDir"
  printf '==> %s ...\n' "$text"
  start=$(now)
  "$@" >"$log" 2>&1 || code=$?
  if [[ $code -ne 0 ]]; then
    printf '    failed after %s; the last lines of %s:\n' "$(since "$start")" "$log" >&2
    tail -n 25 "$log" | sed 's/^/    | /' >&2
    fail 3 "$text failed. $advice"
  fi
  printf '    done in %s\n' "$(since "$start")"
}

# Two set-ups in one tree would write the same files. Lock and terminal are let go before anything long-lived starts.
lockSetup() {
  mkdir -p "$stateDir"
  exec 9>"$stateDir/lock"
  if ! flock -n 9; then
    say "==> another ./demo or ./check is setting up this tree: waiting for it"
    flock 9
  fi
}
unlockSetup() { exec 3>&- 9>&-; }
