// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/expected_tensors.h"
#include "agent/model/json_file.h"
#include "agent/model/vit_config.h"
#include "shared/base/limits.h"
#include "tests/fuzz/fuzz_target.h"

#include <nlohmann/json.hpp>

using namespace vitfleet;

VITFLEET_FUZZ_TARGET(config_json)
{
    const auto object = parseJsonObject(fuzz::textOf(input), "config.json", ErrorCode::ModelConfig);
    if (!object)
        return;
    const auto config = readVitConfig(*object, "config.json");
    if (!config)
        return;
    fuzz::require(!config->labels.empty() && config->labels.size() <= limits::maxLabels);
    fuzz::require(config->patchHeight > 0 && config->patchWidth > 0 && config->heads > 0);
    fuzz::require(config->hiddenSize % config->heads == 0);
    fuzz::require(tokenCount(*config) > 1);
    fuzz::require(!expectedTensors(*config).empty());
}
