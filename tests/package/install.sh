#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs into an empty root, moves that, and labels the demo's pictures with what is there: nothing may be found in
# the build tree any more.
set -euo pipefail

cmake=$1
build=$2
source=$3
pictures=${4:-300}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for component in agent desktop; do
  DESTDIR="$work/first" "$cmake" --install "$build" --prefix /usr --component "$component" >"$work/$component.log"
done
mv "$work/first" "$work/root"
bin="$work/root/usr/bin"

echo "--- what is there"
(cd "$work/root" && find . -type f -o -type l | sort)
for file in usr/bin/vitfleet-agent usr/bin/vitfleet-cli usr/share/applications/org.vitfleet.VitFleet.desktop \
  usr/share/metainfo/org.vitfleet.VitFleet.metainfo.xml \
  usr/share/icons/hicolor/scalable/apps/org.vitfleet.VitFleet.svg; do
  [[ -e "$work/root/$file" ]] || { echo "missing: $file"; exit 1; }
done

echo "--- no path of the build tree is left in what is loaded"
for file in "$work/root"/usr/lib/vitfleet/vitfleet*; do
  path=$(readelf -d "$file" | sed -n 's/.*R.*PATH.*\[\(.*\)\]/\1/p')
  # shellcheck disable=SC2016  # the word itself
  [[ "$path" == '$ORIGIN:$ORIGIN/libraries' ]] || { echo "$file: $path"; exit 1; }
  if ldd "$file" | grep -e 'not found' -e "$build"; then exit 1; fi
done

echo "--- it runs from there"
"$bin/vitfleet-agent" --version
backend=(--backend synthetic)
[[ ! -e "$work/root/usr/lib/vitfleet/vitfleet-backend-torch.so" ]] || backend=()
# Not the agent that an environment names.
env -u VITFLEET_AGENT -u LD_LIBRARY_PATH "$bin/vitfleet-cli" --home "$work/home" run --local 1 --limit "$pictures" \
  --data "$source/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz" \
  --model "$work/root/usr/share/vitfleet/models/fashion-mnist-vit" "${backend[@]}" --export "$work/results.csv"
rows=$(tail -n +2 "$work/results.csv" | wc -l)
[[ "$rows" == "$pictures" ]] || { echo "$rows rows"; exit 1; }
