# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Configure and build a tree below build/.

# Compilers at a time: one a core, but each may need more than a gigabyte.
buildJobs() {
  local cores gib
  cores=$(nproc)
  gib=$(awk '/^MemAvailable/ { print int($2 / 1048576 / 1.2) }' /proc/meminfo)
  if [[ $gib -lt 1 ]]; then gib=1; fi
  if [[ $gib -lt $cores ]]; then cores=$gib; fi
  printf '%s' "$cores"
}

# What a configuration depends on that ninja does not see itself: its arguments, and which folders have a
# CMakeLists.txt (those that have none are left out).
configureKey() {
  {
    printf '%s\n' "$@"
    cat "$root/CMakePresets.json"
    cd "$root" && find shared agent app tests -name CMakeLists.txt | LC_ALL=C sort
  } | sha256sum | cut -c1-64
}

# configureTree NAME TREE CMAKE-ARGUMENT...
configureTree() {
  local name=$1 tree=$2 stamp="$stateDir/configured-$1" key
  shift 2
  key=$(configureKey "$@")
  if [[ -f "$tree/build.ninja" && "$(cat "$stamp" 2>/dev/null)" == "$key" ]]; then
    skipped "configure $name" "as it was"
    return 0
  fi
  rm -f "$stamp"
  step "configure $name" "configure-$name" \
    "The message above names what is missing; after mending it run this again." \
    cmake -S "$root" -B "$tree" "$@"
  printf '%s\n' "$key" >"$stamp"
}

# buildTree NAME TREE [TARGET...]: ninja is always asked, and says itself that nothing is to be done.
buildTree() {
  local name=$1 tree=$2
  shift 2
  step "build $name" "build-$name" \
    "The lines above are the compiler's (if it was killed, memory ran out). Run this again: it goes on from here." \
    runNinja "$tree" "$@"
}

# startIdleBuild NAME TREE: builds with what other work leaves of the cores. finishIdleBuild waits for it; the buildTree
# that follows tells what failed.
idleBuild=""
startIdleBuild() {
  local idle=(nice -n 19)
  if chrt --idle 0 true 2>/dev/null; then idle=(chrt --idle 0); fi
  say "==> build $1 meanwhile, with what is left of the cores"
  "${idle[@]}" ninja -C "$2" -j "$(buildJobs)" >"$logDir/build-$1-meanwhile.log" 2>&1 3>&- 9>&- &
  idleBuild=$!
  trap 'kill "$idleBuild" 2>/dev/null || true' EXIT
}
finishIdleBuild() {
  wait "$idleBuild" || true
  trap - EXIT
}

runNinja() {
  local tree=$1
  shift
  if [[ -t 3 ]]; then
    ninja -C "$tree" -j "$(buildJobs)" "$@" | showProgress
  else
    ninja -C "$tree" -j "$(buildJobs)" "$@"
  fi
}

# Passes ninja's lines on to the log and their [n/m] to the terminal.
showProgress() {
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line"
    if [[ "$line" =~ ^\[[0-9]+/[0-9]+\] ]]; then printf '\r    %s ' "${BASH_REMATCH[0]}" >&3; fi
  done
  printf '\r' >&3
}

# The release tree is build/ itself. Configuring the tests asks for packages that only ./check installs: ./demo leaves them
# out on a machine that lacks one, and keeps them where ./check has been, so that the tree is not configured twice.
# Unit tests run once, under the sanitizers, unless `unitTests` is ON.
# configureRelease build|test
unitTests=OFF
configureRelease() {
  local tests=ON
  if [[ "$1" == build && -n "$(missingPackages "${packagesToTest[@]}")" ]]; then tests=OFF; fi
  configureTree release "$root/build" --preset release -DVITFLEET_LIBTORCH="$libtorchDir" -DVITFLEET_TESTS="$tests" \
    -DVITFLEET_UNIT_TESTS="$unitTests"
}
