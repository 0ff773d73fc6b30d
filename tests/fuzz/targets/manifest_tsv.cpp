// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/targets/manifest.h"

VITFLEET_FUZZ_TARGET(manifest_tsv)
{
    vitfleet::fuzz::readManifest(input, "manifest.tsv");
}
