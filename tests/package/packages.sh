#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the relocatable archive or Debian's packages, installs them into an empty root and labels pictures with what is
# there. The archive brings its libraries along, the packages use the system's.
set -euo pipefail

cpack=$1
build=$2
source=$3
kind=$4 # TGZ or DEB

fail() {
  printf '%s\n' "$*"
  exit 1
}

# allFrom FOLDER FILE...: everything but glibc comes from FOLDER.
allFrom() {
  local folder=$1 file
  shift
  for file in "$@"; do
    if ldd "$file" | grep -e '=>' | grep -v -e "$folder/" -e '/lib[cm]\.so' -e '/lib\(dl\|pthread\|rt\|resolv\|util\|anl\)\.so'; then
      fail "$file takes these from the system"
    fi
  done
}

# inRoot DPKG-ARGUMENT...: Debian's own dpkg on the empty root, which has none of the libraries that the packages ask for.
inRoot() { dpkg --root="$work/root" --force-depends --force-script-chrootless --log="$work/dpkg.log" "$@"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$build" && "$cpack" -G "$kind" -B "$work/packages" >"$work/cpack.log" 2>&1) || { tail -n 20 "$work/cpack.log"; exit 1; }
rm -rf "$work/packages/_CPack_Packages"
ls -l "$work/packages"
mkdir "$work/root"
root="$work/root"
cli="$build/bin/vitfleet-cli"
if [[ "$kind" == TGZ ]]; then
  tar -xzf "$work"/packages/vitfleet-agent-*.tar.gz -C "$root" --strip-components=1
  agent="$root/bin/vitfleet-agent"
  cli="$root/bin/vitfleet-cli"
  allFrom "$root" "$root"/lib/vitfleet/vitfleet*
else
  mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers}
  : >"$root/var/lib/dpkg/status"
  for package in "$work"/packages/*.deb; do
    dpkg-deb --info "$package" | grep -e Package: -e Version: -e Depends: -e Architecture: -e Maintainer:
  done
  depends() { dpkg-deb --field "$work/packages/$1"_*.deb Depends; }
  for library in libzmq5 libsodium23 libopencv-imgcodecs; do
    [[ "$(depends vitfleet-agent)" == *"$library"* ]] || fail "vitfleet-agent does not ask for $library"
  done
  for library in libqt6widgets6 libsqlite3-0 vitfleet-agent; do
    [[ "$(depends vitfleet)" == *"$library"* ]] || fail "vitfleet does not ask for $library"
  done
  if [[ $EUID -eq 0 ]]; then
    inRoot --install "$work"/packages/*.deb >"$work/install.log" 2>&1 || { cat "$work/install.log"; exit 1; }
  else # dpkg gives files to root
    for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$root"; done
  fi
  agent="$root/usr/bin/vitfleet-agent"
  cli="$root/usr/bin/vitfleet-cli"
  for file in lib/systemd/system/vitfleet-agent.service share/applications/org.vitfleet.VitFleet.desktop \
    share/metainfo/org.vitfleet.VitFleet.metainfo.xml share/icons/hicolor/scalable/apps/org.vitfleet.VitFleet.svg; do
    [[ -s "$root/usr/$file" ]] || fail "missing: /usr/$file"
  done
  if command -v appstreamcli >/dev/null; then
    appstreamcli validate --no-net "$root/usr/share/metainfo/org.vitfleet.VitFleet.metainfo.xml"
  fi
  if command -v desktop-file-validate >/dev/null; then
    desktop-file-validate "$root/usr/share/applications/org.vitfleet.VitFleet.desktop"
  fi
  env -u LD_LIBRARY_PATH QT_QPA_PLATFORM=offscreen "$root/usr/bin/vitfleet" --version
fi
env -u LD_LIBRARY_PATH "$agent" --version
backend=(--backend synthetic)
[[ ! -e "$build/bin/vitfleet-backend-torch.so" ]] || backend=()
env -u LD_LIBRARY_PATH VITFLEET_AGENT="$(readlink -f "$agent")" "$cli" --home "$work/home" run --local 1 \
  --limit 300 --data "$source/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz" \
  --model "$source/resources/models/fashion-mnist-vit" "${backend[@]}" --export "$work/results.csv"
rows=$(tail -n +2 "$work/results.csv" | grep -c ',labelled,')
[[ "$rows" == 300 ]] || fail "$rows rows with a label"

if [[ "$kind" == DEB && $EUID -eq 0 ]]; then
  inRoot --purge vitfleet vitfleet-agent >/dev/null
  left=$(find "$root" -path "$root/var" -prune -o -type f -print)
  [[ -z "$left" ]] || fail "left after the removal: $left"
fi
