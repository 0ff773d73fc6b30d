# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Pillow and transformers for tests/parity, below build/parity, where a Python index or wheel folder has them. Without
# them those tests compare with committed references or skip; nothing else needs them.

parityRoot="$root/build/parity"
parityList="$root/tests/parity/requirements.txt"

# Never ends the script: what cannot be had is said, and looked for again on another day or with another list.
setUpParity() {
  local start wanted mark="$stateDir/no-parity"
  wanted=$(sha256sum "$parityList" | cut -d' ' -f1)
  if [[ "$(cat "$parityRoot/.complete" 2>/dev/null)" == "$wanted" ]]; then
    skipped "packages of the parity tests" "installed in build/parity"
    return 0
  fi
  if [[ "$(cat "$mark" 2>/dev/null)" == "$wanted $(date +%F)" ]]; then
    skipped "packages of the parity tests" "not to be had when looked for today"
    return 0
  fi
  say "==> fetch Pillow and transformers for the parity tests ..."
  start=$(now)
  mkdir -p "$logDir"
  if fetchParity "$wanted" >"$logDir/parity.log" 2>&1; then
    rm -f "$mark"
    note "installed in build/parity in $(since "$start")"
  else
    printf '%s %s\n' "$wanted" "$(date +%F)" >"$mark"
    note "not to be had here (looked for $(since "$start"); log: $logDir/parity.log): committed references stand in"
  fi
  # The wheel that LibTorch was unpacked from has done its service.
  rm -rf "$stateDir/wheel"
}

# Runs in a condition, where `set -e` does nothing: every step is chained.
fetchParity() {
  local wanted=$1 python fresh="$parityRoot.new" from=()
  python=$(pythonWithPip) || { echo "no python3 with pip"; return 1; }
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "$python is too old"; return 1; }
  rm -rf "$fresh" && mkdir -p "$fresh/packages" || return 1
  # A small one first: it shows within seconds whether anything answers. pip tries each of its addresses.
  timeout 25 "$python" -m pip download --no-deps --no-input --disable-pip-version-check --timeout 5 --retries 0 \
    --only-binary=:all: --dest "$fresh/probe" "$(grep '^pillow==' "$parityList")" || { echo "no index answers"; return 1; }
  if compgen -G "$stateDir/wheel/torch-*.whl" >/dev/null; then from=(--find-links "$stateDir/wheel"); fi
  installParity "$python" "$fresh/packages" "${from[@]}" ||
    { [[ ${#from[@]} -eq 0 ]] && installParity "$python" "$fresh/packages" --extra-index-url "$wheelIndex"; } ||
    return 1
  printf '%s\n' "$python" >"$fresh/python" || return 1
  PYTHONPATH="$fresh/packages" "$python" -c 'import PIL.Image, torch, transformers' || return 1
  rm -rf "$fresh/probe" "$parityRoot" && mv "$fresh" "$parityRoot" && printf '%s\n' "$wanted" >"$parityRoot/.complete"
}

# installParity PYTHON FOLDER OPTION... Something has answered by now: the limit is for a busy machine, where unpacking alone
# takes minutes; an index that no longer answers is given up by pip itself.
installParity() {
  local python=$1 folder=$2
  shift 2
  timeout 600 "$python" -m pip install --no-input --disable-pip-version-check --no-compile --timeout 5 --retries 0 \
    --only-binary=:all: --root-user-action=ignore --upgrade --target "$folder" "$@" -r "$parityList"
}
