# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Runs ctest and the format check, and adds up what they said. `failedNames` holds one entry for each failure.

passedCount=0
failedCount=0
skippedCount=0
failedNames=()

# runTests NAME TREE CTEST-ARGUMENT...: never ends the script; the caller looks at the counts.
runTests() {
  local name=$1 tree=$2 report="$stateDir/ctest-$1.xml" start
  shift 2
  printf '==> test %s ...\n' "$name"
  start=$(now)
  rm -f "$report"
  # Tests that measure or start many processes are RUN_SERIAL; the rest may share the cores. The set-up's lock and
  # terminal are not for what they start.
  ctest --test-dir "$tree" --output-on-failure -j "$(nproc)" --output-junit "$report" "$@" \
    3>&- 9>&- || true
  countTests "$name" "$report"
  note "tests of $name took $(since "$start")"
}

# ctest's report begins with its sums: <testsuite name=… tests="12" failures="1" disabled="0" skipped="0" …>.
countTests() {
  local name=$1 report=$2 total failed skipped case
  if [[ ! -s "$report" ]]; then
    recordFailure "$name: ctest gave no report"
    return 0
  fi
  total=$(attributeOf "$report" tests)
  failed=$(attributeOf "$report" failures)
  skipped=$(($(attributeOf "$report" skipped) + $(attributeOf "$report" disabled)))
  passedCount=$((passedCount + total - failed - skipped))
  failedCount=$((failedCount + failed))
  skippedCount=$((skippedCount + skipped))
  while IFS= read -r case; do
    failedNames+=("$name: $case")
  done < <(sed -n 's/.*<testcase name="\([^"]*\)".* status="fail".*/\1/p' "$report")
}

attributeOf() {
  local value
  value=$(grep -m1 -oE "^[[:space:]]*$2=\"[0-9]+\"|<testsuite [^>]*$2=\"[0-9]+\"" "$1" | grep -oE '[0-9]+"$' | tr -d '"')
  printf '%s' "${value:-0}"
}

recordFailure() {
  failedCount=$((failedCount + 1))
  failedNames+=("$1")
}

# Ours: tracked and new files, but neither generated nor ignored ones.
sourceFiles() {
  if git -C "$root" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git -C "$root" ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.h'
  else
    (cd "$root" && find shared agent app tests \( -name '*.cpp' -o -name '*.h' \) -print0)
  fi
}

checkFormat() {
  local start code=0
  printf '==> formatting ...\n'
  start=$(now)
  mkdir -p "$logDir"
  (cd "$root" && sourceFiles | while IFS= read -r -d '' file; do
    # Deleted, but not yet committed so.
    if [[ -f "$file" ]]; then printf '%s\0' "$file"; fi
  done | xargs -0 -r -n 40 -P "$(nproc)" clang-format --dry-run -Werror) >"$logDir/format.log" 2>&1 || code=$?
  if [[ $code -eq 0 ]]; then
    note "done in $(since "$start")"
    return 0
  fi
  grep -oE '^[^:]+:[0-9]+' "$logDir/format.log" | sort -u -t: -k1,1 | head -n 25 | sed 's/^/    | /'
  note "not formatted (mend with clang-format -i FILE); all places in $logDir/format.log"
  recordFailure "formatting"
}

# Prints the sum; its exit code is that of the whole run.
summary() {
  local name
  if [[ ${#failedNames[@]} -gt 0 ]]; then
    say ""
    say "Failed:"
    for name in "${failedNames[@]}"; do say "  $name"; done
  fi
  say ""
  if [[ $skippedCount -gt 0 ]]; then
    say "$passedCount passed, $failedCount failed, $skippedCount skipped"
  else
    say "$passedCount passed, $failedCount failed"
  fi
  [[ $failedCount -eq 0 ]]
}
