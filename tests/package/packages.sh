#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the relocatable archive or Debian's packages, unpacks them into an empty folder and runs what is there.
set -euo pipefail

cpack=$1
build=$2
source=$3
kind=$4 # TGZ or DEB

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$build" && "$cpack" -G "$kind" -B "$work/packages" >"$work/cpack.log" 2>&1) || { tail -n 20 "$work/cpack.log"; exit 1; }
ls -l "$work/packages"
mkdir "$work/root"
if [[ "$kind" == TGZ ]]; then
  tar -xzf "$work"/packages/vitfleet-agent-*.tar.gz -C "$work/root" --strip-components=1
  agent="$work/root/bin/vitfleet-agent"
  echo "--- everything but glibc comes from the archive"
  for file in "$work/root"/lib/vitfleet/vitfleet*; do
    if ldd "$file" | grep '=>' | grep -v -e "$work/root/" -e '/lib[cm]\.so' -e '/lib\(dl\|pthread\|rt\|resolv\|util\|anl\)\.so'; then
      echo "$file takes these from the system"
      exit 1
    fi
  done
else
  for package in "$work"/packages/*.deb; do
    dpkg-deb --info "$package" | grep -e Package -e Version -e Depends -e Architecture
    dpkg-deb -x "$package" "$work/root"
  done
  agent="$work/root/usr/bin/vitfleet-agent"
fi
"$agent" --version
backend=(--backend synthetic)
[[ ! -e "$build/bin/vitfleet-backend-torch.so" ]] || backend=()
env -u LD_LIBRARY_PATH VITFLEET_AGENT="$(readlink -f "$agent")" "$build/bin/vitfleet-cli" --home "$work/home" run --local 1 \
  --limit 300 --data "$source/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz" \
  --model "$source/resources/models/fashion-mnist-vit" "${backend[@]}"
