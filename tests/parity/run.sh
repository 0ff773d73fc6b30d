#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh SCRIPT ARGUMENT...: one of the scripts beside this file, under the Python that has Pillow and transformers:
# the interpreter that VITFLEET_PARITY_PYTHON names, or the packages that ./check has installed below build/parity.
# Without either the script runs under any Python, and compares with committed references or skips (77).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
environment=$(cd "$here/../.." && pwd)/build/parity
script=$1
shift
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 TOKENIZERS_PARALLELISM=false PYTHONDONTWRITEBYTECODE=1
# Its notes about a missing torchvision would bury everything else.
export TRANSFORMERS_VERBOSITY=error HF_HUB_DISABLE_PROGRESS_BARS=1
if [[ -n "${VITFLEET_PARITY_PYTHON:-}" ]]; then
  exec "$VITFLEET_PARITY_PYTHON" "$here/$script" "$@"
elif [[ -f "$environment/.complete" ]]; then
  PYTHONPATH="$environment/packages" exec "$(cat "$environment/python")" "$here/$script" "$@"
fi
exec python3 "$here/$script" "$@"
