#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# scaling.sh [DIR]: the scale-out figures of docs/scaling.md, on the tests' Slurm: timed stand-ins on 1, 2 and 4 nodes, then
# the demo's model on as many as there are cores. On a machine that does nothing else. DIR gets tables and drawings
# (default: a new folder). VITFLEET_BUILD names another build tree than build.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${VITFLEET_BUILD:-$root/build}
if [[ "${1:-}" != inside ]]; then
  exec "$build/tests/with-nodes" slurm bash "${BASH_SOURCE[0]}" inside "${1:-$(mktemp -d)}"
fi
out=$2
export VITFLEET_HOME
VITFLEET_HOME=$(mktemp -d)
trap '"$build/bin/vitfleet-cli" fleet down --profile slurm-local >/dev/null 2>&1 || true; rm -rf "$VITFLEET_HOME"' EXIT
cat >"$VITFLEET_HOME/profiles.toml" <<TOML
[profile.slurm-local]
provider = "slurm"
partition = "all"
time = "30"
cpus = 1
replicas = 1
listen = "127.0.0.1"
folder = "$VITFLEET_HOME/launch"
model_cache = "$VITFLEET_HOME/models"
TOML
scaleout() {
  local name=$1
  shift
  printf '\n%s: load %s\n$ vitfleet-cli scaleout --profile slurm-local %s\n' "$name" "$(cut -d ' ' -f 1 /proc/loadavg)" "$*"
  "$build/bin/vitfleet-cli" scaleout --profile slurm-local --out "$out/$name" \
    --data "$root/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz" --model "$root/resources/models/fashion-mnist-vit" "$@"
}
scaleout stand-ins --nodes 1,2,4 --repeat 2 --limit 5000 --backend synthetic \
  --backend-options '{"ms_per_item":4,"replicas":1}'
cores=$(nproc)
scaleout model --nodes "$(seq -s , 1 "$((cores < 4 ? cores : 4))")" --repeat 2
