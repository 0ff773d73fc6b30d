#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# by_hand.sh slurm|ssh [run's options]: what the guides promise, typed as a person would, on the cluster or the hosts of
# the tests: the demo's 10,000 pictures on four jobs (two hosts); in mid-run one is cancelled by hand and one is added;
# then everything is counted, and nothing may be left. A fast machine labels all of them before a node can be added:
#   by_hand.sh slurm --backend synthetic --backend-options '{"ms_per_item":6,"replicas":1}'
# takes timed stand-ins. VITFLEET_BUILD names another build tree than build.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${VITFLEET_BUILD:-$root/build}
kind=${1:?by_hand.sh slurm|ssh}
if [[ "$kind" != inside ]]; then
  exec "$build/tests/with-nodes" "$kind" bash "${BASH_SOURCE[0]}" inside "$@"
fi
shift
kind=$1
shift

cli="$build/bin/vitfleet-cli"
work=$(mktemp -d)
# Also where this script fails: what it has brought up goes.
trap '"$cli" fleet down --profile "${profile:-none}" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
export VITFLEET_HOME="$work"
say() { printf '\n$ %s\n' "$*"; }
typed() {
  say "$@"
  "$@"
}

if [[ "$kind" == slurm ]]; then
  profile=slurm-local
  nodes=4
  cat >"$work/profiles.toml" <<TOML
[profile.slurm-local]
provider = "slurm"
partition = "all"
time = "10"
cpus = 1
listen = "127.0.0.1"
folder = "$work/launch"
model_cache = "$work/models"
price_per_node_hour = 0.5
TOML
  there() { squeue --me -h -o '%i %j %T %N'; }
  typed sinfo
else
  profile=two
  nodes=2
  cat >"$work/profiles.toml" <<TOML
[profile.two]
provider = "ssh"
hosts = ["node-a", "node-b"]
agents_per_host = 2
agent = "$build/bin/vitfleet-agent"
ssh_config = "$VITFLEET_SSH_CONFIG"
folder = "$VITFLEET_SSH_HOME/launch"
reach = "tunnel"
model_cache = "$work/models"
TOML
  there() { pgrep -af -- "serve --launch-folder $VITFLEET_SSH_HOME/launch" || true; }
fi
sed 's/^/    /' "$work/profiles.toml"

model="$root/resources/models/fashion-mnist-vit"
data="$root/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz"
run=("$cli" run --profile "$profile" --nodes "$nodes" --data "$data" --model "$model" --export "$work/results.csv" --json)
say "${run[@]}" "$@"
touch "$work/lines"
"${run[@]}" "$@" >"$work/lines" 2>"$work/errors" &
running=$!
# What the window or a terminal shows: how many have a label.
labelled() { sed -n 's/.*"event":"progress".*"labelled":\([0-9]*\).*/\1/p' "$work/lines" | tail -n 1; }
until [[ "$(labelled)" -gt 300 ]]; do
  kill -0 "$running" 2>/dev/null || { cat "$work/lines" "$work/errors"; exit 1; }
  sleep 0.05
done
echo "(after $(labelled) labels)"
say "there"
there
if [[ "$kind" == slurm ]]; then
  typed scancel "$(squeue --me -r -h -t R -o %i | head -n 1)"
else
  typed kill "$(there | head -n 1 | cut -d ' ' -f 1)"
fi
# Nobody asks for more than was wanted: Slurm's cancelled job is not replaced, a dead process is.
[[ "$kind" == slurm ]] || nodes=3
until grep -q '"ended":\[{' "$work/lines" || ! kill -0 "$running" 2>/dev/null; do sleep 0.05; done
# When the run is ending already it is refused, for nobody would give the nodes back; after its end they would stay.
if ! kill -0 "$running" 2>/dev/null || ! typed "$cli" fleet resize --profile "$profile" --nodes "$nodes"; then
  echo "(too late for this run: see above for a longer one)"
fi
code=0
wait "$running" || code=$?
echo "(run ended with status $code)"
cat "$work/errors"
grep -o '"event":"fleet".*' "$work/lines" | sed -n 's/.*"ended":\[{"id":"\([^"]*\)","reason":"\([^"]*\)".*/ended: \1, \2/p' | sort -u
tail -n 1 "$work/lines"
say "rows by node"
cut -d , -f "$(head -n 1 "$work/results.csv" | tr , '\n' | grep -nx node | cut -d : -f 1)" "$work/results.csv" | tail -n +2 | sort | uniq -c
echo "$(tail -n +2 "$work/results.csv" | wc -l) rows, $(tail -n +2 "$work/results.csv" | cut -d , -f 1 | sort -u | wc -l) items"
typed "$cli" verify "$work/vitfleet.db"
say "there (nothing)"
for _ in $(seq 100); do
  [[ -n "$(there)" ]] || break
  sleep 0.1
done
there
left=$(find "$work/launch" "${VITFLEET_SSH_HOME:-$work}/launch" -mindepth 1 2>/dev/null || true)
[[ -z "$left" ]] || { echo "left: $left"; exit 1; }
[[ $code -eq 0 && -z "$(there)" ]]
