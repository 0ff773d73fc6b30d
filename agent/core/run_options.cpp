// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/run_options.h"

#include <nlohmann/json.hpp>

namespace vitfleet::agent {

Result<RunOptions> readRunOptions(const std::string& backend, const std::string& options, const std::string& nodeName)
{
    RunOptions result;
    if (options.empty())
        return result;
    if (backend != syntheticBackend)
        return Error{ErrorCode::Protocol, "options for the backend " + backend + ", which takes none"};
    // From an admitted peer, at most limits::maxStringBytes long: the parser needs no depth limit of its own.
    nlohmann::json json = nlohmann::json::parse(options, nullptr, false);
    if (!json.is_object())
        return Error{ErrorCode::Settings, "the options of the synthetic backend are no JSON object"};
    if (const auto nodes = json.find("nodes"); nodes != json.end()) {
        const nlohmann::json patch =
            nodes->is_object() ? nodes->value(nodeName, nlohmann::json::object()) : nlohmann::json();
        if (!patch.is_object())
            return Error{ErrorCode::Settings, "\"nodes\" must map names to objects"};
        json.erase("nodes");
        json.merge_patch(patch);
    }
    if (const auto decode = json.find("decode"); decode != json.end()) {
        if (!decode->is_boolean())
            return Error{ErrorCode::Settings, "\"decode\" must be true or false"};
        result.decode = decode->get<bool>();
        json.erase("decode");
    }
    result.backend = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return result;
}

ModelSpec syntheticModel()
{
    constexpr std::uint32_t side = 28;
    ModelSpec model;
    model.config.modelType = "synthetic";
    model.config.imageHeight = model.config.imageWidth = side;
    model.preprocess.resizeHeight = model.preprocess.resizeWidth = side;
    for (int label = 0; label < 10; ++label)
        model.config.labels.push_back("class " + std::to_string(label));
    return model;
}

} // namespace vitfleet::agent
