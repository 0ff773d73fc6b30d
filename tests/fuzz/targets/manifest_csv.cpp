// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/targets/manifest.h"

VITFLEET_FUZZ_TARGET(manifest_csv)
{
    vitfleet::fuzz::readManifest(input, "manifest.csv");
}
