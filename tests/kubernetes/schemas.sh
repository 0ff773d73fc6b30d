#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Holds the manifest that `vitfleet-cli fleet plan` prints to Kubernetes' published schemas, which a package of the
# Python index carries. Ends with 77 (skipped) where that package cannot be had.
set -euo pipefail

cli=$1
cache=$2
packages=(kubernetes-validate==1.31.0 jsonschema==4.23.0)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ ! -e "$cache/complete" ]]; then
  rm -rf "$cache"
  if ! python3 -m pip install --quiet --disable-pip-version-check --timeout 10 --retries 0 --target "$cache" \
    "${packages[@]}" >"$work/pip.log" 2>&1; then
    tail -n 3 "$work/pip.log"
    echo "skipped: ${packages[*]} cannot be had"
    exit 77
  fi
  touch "$cache/complete"
fi

cat >"$work/profiles.toml" <<'TOML'
[profile.plain]
provider = "kubernetes"
image = "example.org/vitfleet-agent:0.1.0"

[profile.full]
provider = "kubernetes"
context = "lab"
namespace = "pictures"
image = "example.org/vitfleet-agent:0.1.0"
image_pull_secret = "pull"
service_account = "agents"
gpus = 2
data_claim = "data"
model_claim = "models"
TOML

for profile in plain full; do
  "$cli" --home "$work" fleet plan --profile "$profile" --nodes 3 --json >"$work/plan.json"
  PYTHONPATH="$cache" python3 - "$work/plan.json" <<'PYTHON'
import json
import sys

import kubernetes_validate

with open(sys.argv[1], encoding="utf-8") as file:
    items = json.loads(json.load(file)["script"])["items"]
kinds = [item["kind"] for item in items]
assert kinds == ["Secret", "NetworkPolicy", "Service", "StatefulSet"], kinds
for item in items:
    kubernetes_validate.validate(item, "1.31", strict=True)
# The schemas do not say what is safe.
pod = items[-1]["spec"]["template"]["spec"]
assert pod["automountServiceAccountToken"] is False
assert pod["securityContext"]["runAsNonRoot"] is True
container = pod["containers"][0]
assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                        "capabilities": {"drop": ["ALL"]}}
assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
claims = {volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume}
# A schema that accepts everything would prove nothing.
items[-1]["spec"]["replicas"] = "three"
try:
    kubernetes_validate.validate(items[-1], "1.31", strict=True)
except kubernetes_validate.ValidationError:
    pass
else:
    sys.exit("a wrong manifest was accepted")
print(len(items), "objects are as the schemas of Kubernetes 1.31 say; volume claims:", sorted(claims))
PYTHON
done
