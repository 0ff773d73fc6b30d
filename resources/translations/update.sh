#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Collects the window's texts from the source into the Linguist files; what is new is marked unfinished there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
lupdate=/usr/lib/qt6/bin/lupdate
[[ -x $lupdate ]] || { echo "lupdate is missing: install qt6-l10n-tools" >&2; exit 3; }
cd "$root"
"$lupdate" -silent -no-obsolete -locations none -I "$root" app/ui app/models -ts "$here"/vitfleet_*.ts
grep -c 'type="unfinished"' "$here"/vitfleet_*.ts || true
