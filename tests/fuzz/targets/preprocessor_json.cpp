// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/json_file.h"
#include "agent/model/preprocess_config.h"
#include "tests/fuzz/fuzz_target.h"

#include <cmath>
#include <nlohmann/json.hpp>

using namespace vitfleet;

VITFLEET_FUZZ_TARGET(preprocessor_json)
{
    const auto object = parseJsonObject(fuzz::textOf(input), "preprocessor_config.json", ErrorCode::ModelPreprocessor);
    if (!object)
        return;
    const auto preprocess = readPreprocess(*object, "preprocessor_config.json", VitConfig());
    if (!preprocess) {
        fuzz::require(preprocess.error().code == ErrorCode::ModelPreprocessor);
        return;
    }
    for (const double value : preprocess->std)
        fuzz::require(!preprocess->normalize || (std::isfinite(value) && value != 0));
    for (const double value : preprocess->mean)
        fuzz::require(std::isfinite(value));
    fuzz::require(std::isfinite(preprocess->rescaleFactor));
}
