#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# readelf.sh READELF NAME=FILE...: what each program links itself (readelf -d) and what it drags in (the loader's list).
set -euo pipefail
readelf=$1
shift

qt='libQt[0-9]'
widgets='libQt[0-9]*(Gui|Widgets|Charts|Svg)'
opencv='libopencv'
torch='libtorch|libc10'
zmq='libzmq'
sqlite='libsqlite|libSQLite'
failures=0

# never KIND NAME REGEX LIST
never() {
  local hits
  hits=$(grep -E "$3" <<<"$4" | sort -u | tr '\n' ' ' || true)
  if [[ -n "$hits" ]]; then
    printf 'FAIL: %s %s %s\n' "$2" "$1" "$hits"
    failures=$((failures + 1))
  fi
}

needed() { "$readelf" -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p'; }

# The whole closure; the loader itself says it, without running the program. A module is resolved the same way.
closure() { ldd "$1" 2>/dev/null | awk '{ print $1 }'; }

for pair in "$@"; do
  name=${pair%%=*}
  file=${pair#*=}
  direct=$(needed "$file")
  printf '%s: %s direct' "$name" "$(grep -c . <<<"$direct")"
  case $name in
    vitfleet)
      never links "$name" "$opencv|$torch" "$direct"
      never drags-in "$name" "$opencv|$torch" "$(closure "$file")"
      ;;
    vitfleet-cli)
      never links "$name" "$opencv|$torch|$widgets" "$direct"
      never drags-in "$name" "$opencv|$torch|$widgets" "$(closure "$file")"
      ;;
    vitfleet-agent | vitfleet-backend-synthetic)
      never links "$name" "$qt|$opencv|$torch|$sqlite" "$direct"
      never drags-in "$name" "$qt|$opencv|$torch|$sqlite" "$(closure "$file")"
      ;;
    vitfleet-decoder)
      # Debian's OpenCV drags in what it likes; ours is only what we link.
      never links "$name" "$qt|$torch|$zmq|$sqlite" "$direct"
      if ! grep -qE "$opencv" <<<"$direct"; then
        printf 'FAIL: %s does not link OpenCV: is this the right program?\n' "$name"
        failures=$((failures + 1))
      fi
      # Asked for by module: core, imgproc and imgcodecs only.
      never links "$name" 'libopencv_(highgui|video|videoio|dnn|ml|calib3d|features2d|objdetect)' "$direct"
      ;;
    vitfleet-backend-torch)
      never links "$name" "$qt|$opencv|$zmq|$sqlite" "$direct"
      ;;
    *)
      printf 'FAIL: no rule for %s\n' "$name"
      failures=$((failures + 1))
      ;;
  esac
  printf '\n'
done
[[ $failures -eq 0 ]]
