# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Which LibTorch: a directory that the user names, PyTorch's CPU wheel, or Debian's. Sets libtorchDir and libtorchKind
# (own, wheel, debian).

wheelVersion="2.13.0+cpu"
wheelIndex="https://download.pytorch.org/whl/cpu"
wheelRoot="$root/build/libtorch-wheel"
libtorchDir=""
libtorchKind=""

# chooseLibtorch auto|wheel|debian
chooseLibtorch() {
  case $1 in
    auto)
      if [[ -n "${VITFLEET_LIBTORCH:-}" ]]; then
        useOwnLibtorch
      else
        useWheelOnce || useDebianLibtorch
      fi
      ;;
    wheel)
      useWheel || fail 3 "torch==$wheelVersion cannot be had from this machine's Python index or wheel folder, nor from $wheelIndex (log: $logDir/wheel.log)"
      ;;
    debian) useDebianLibtorch ;;
  esac
  say "==> LibTorch: $libtorchKind, $libtorchDir"
}

useOwnLibtorch() {
  [[ -f "$VITFLEET_LIBTORCH/share/cmake/Torch/TorchConfig.cmake" ||
    -n "$(compgen -G "$VITFLEET_LIBTORCH/lib/*/cmake/Torch/TorchConfig.cmake")" ]] ||
    fail 3 "VITFLEET_LIBTORCH names $VITFLEET_LIBTORCH, which has no share/cmake/Torch/TorchConfig.cmake: name the folder of a LibTorch 1.13 or later that has include/, lib/ and share/"
  libtorchDir=$(realpath "$VITFLEET_LIBTORCH")
  libtorchKind=own
}

useDebianLibtorch() {
  ensurePackages "of Debian's LibTorch" "${packagesOfDebianTorch[@]}"
  libtorchDir=/usr
  libtorchKind=debian
}

# As useWheel, but where that failed before and Debian's took its place, it is not looked for in every run.
useWheelOnce() {
  local mark="$stateDir/no-wheel"
  if [[ -f "$mark" && -z "$(missingPackages "${packagesOfDebianTorch[@]}")" ]]; then
    say "==> the wheel torch==$wheelVersion was not to be had on $(cat "$mark"): Debian's LibTorch (./check --libtorch=wheel looks again)"
    return 1
  fi
  rm -f "$mark"
  useWheel && return 0
  date +%F >"$mark"
  return 1
}

# Unpacks the wheel below build/ unless it is there; fails, quietly, where it cannot be had.
useWheel() {
  local start
  if [[ "$(cat "$wheelRoot/.complete" 2>/dev/null)" != "$wheelVersion" ]]; then
    say "==> fetch LibTorch: the wheel torch==$wheelVersion ..."
    start=$(now)
    mkdir -p "$logDir"
    if ! fetchWheel >"$logDir/wheel.log" 2>&1; then
      note "not to be had here (looked for $(since "$start"); log: $logDir/wheel.log)"
      return 1
    fi
    note "unpacked in $(since "$start")"
  fi
  rm -f "$stateDir/no-wheel"
  libtorchDir="$wheelRoot/torch"
  libtorchKind=wheel
}

# A python3 that has pip: the first in PATH may be another than Debian's, and have none.
pythonWithPip() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then
      printf '%s' "$python"
      return 0
    fi
  done
  return 1
}

# The functions below run in a condition, where `set -e` does nothing: every step is chained.
fetchWheel() {
  local python download="$stateDir/wheel"
  python=$(pythonWithPip) || { echo "no python3 with pip"; return 1; }
  rm -rf "$download" && mkdir -p "$download" || return 1
  downloadWheel "$python" "$download" || return 1
  unpackWheel "$download"/torch-*.whl
}

# First what the machine is configured for. PyTorch's index is asked only where that has no such wheel, and after a
# short look whether it answers at all: pip tries each of its addresses, which can take minutes behind a firewall.
downloadWheel() {
  local python=$1 download=$2
  pipDownload "$python" "$download" && return 0
  timeout 10 "$python" -m pip index versions torch --timeout 4 --retries 0 --disable-pip-version-check \
    --only-binary=:all: --python-version 3.11 --platform "manylinux_2_28_$(uname -m)" --index-url "$wheelIndex" || { echo "$wheelIndex does not answer"; return 1; }
  pipDownload "$python" "$download" --extra-index-url "$wheelIndex"
}

# Platform and Python are those of the wheel, not of the Python that runs pip: only the libraries in it are used.
pipDownload() {
  local python=$1 download=$2
  shift 2
  timeout 1800 "$python" -m pip download --no-deps --no-cache-dir --no-input --disable-pip-version-check \
    --timeout 5 --retries 0 --only-binary=:all: --python-version 3.11 --implementation cp \
    --platform "manylinux_2_28_$(uname -m)" --dest "$download" "$@" "torch==$wheelVersion"
}

# Libraries, headers and CMake files of the wheel, without its Python; complete or not there at all.
unpackWheel() {
  local wheel=$1 fresh="$wheelRoot.new"
  [[ -f "$wheel" ]] || return 1
  rm -rf "$fresh" && mkdir -p "$fresh" || return 1
  unzip -q "$wheel" 'torch/lib/*' 'torch/include/*' 'torch/share/*' torch/version.py \
    'torch-*.dist-info/*LICENSE*' 'torch-*.dist-info/*NOTICE*' -d "$fresh"
  # 11: one of the patterns matched nothing, which may be a licence file's name.
  local code=$?
  [[ $code -eq 0 || $code -eq 11 ]] || return 1
  [[ -f "$fresh/torch/share/cmake/Torch/TorchConfig.cmake" && -f "$fresh/torch/lib/libtorch_cpu.so" ]] || return 1
  # Only Python needs it; 30 MB.
  rm -f "$fresh/torch/lib/libtorch_python.so"
  rm -rf "$wheelRoot" && mv "$fresh" "$wheelRoot" || return 1
  # ./check installs the same wheel for its parity tests.
  if [[ "${keepWheel:-}" != yes ]]; then rm -rf "$(dirname "$wheel")" || return 1; fi
  printf '%s\n' "$wheelVersion" >"$wheelRoot/.complete"
}
