// SPDX-License-Identifier: GPL-3.0-or-later
// Which models of Hugging Face transformers are read, by model_type and architecture of their config.json: the one list
// for the application, which refuses others before a run, and for agents.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace vitfleet {

struct ModelFamily
{
    std::string_view modelType;
    /// The first is what a config.json without "architectures" stands for.
    std::span<const std::string_view> architectures;
};

namespace families {

inline constexpr std::array<std::string_view, 1> vit{"ViTForImageClassification"};
inline constexpr std::array<std::string_view, 2> deit{"DeiTForImageClassification",
                                                      "DeiTForImageClassificationWithTeacher"};
inline constexpr std::array<std::string_view, 1> dinov2{"Dinov2ForImageClassification"};
inline constexpr std::array<std::string_view, 1> dinov2Registers{"Dinov2WithRegistersForImageClassification"};

} // namespace families

inline constexpr std::array<ModelFamily, 4> modelFamilies{{
    {"vit", families::vit},
    {"deit", families::deit},
    {"dinov2", families::dinov2},
    {"dinov2_with_registers", families::dinov2Registers},
}};

/// nullptr where models of this type are not read.
inline const ModelFamily* findModelFamily(std::string_view modelType)
{
    for (const ModelFamily& family : modelFamilies) {
        if (family.modelType == modelType)
            return &family;
    }
    return nullptr;
}

/// "supported: vit (ViTForImageClassification), …": the end of every refusal.
inline std::string supportedModels()
{
    std::string text = "supported: ";
    for (const ModelFamily& family : modelFamilies) {
        text.append(text.ends_with(": ") ? "" : ", ").append(family.modelType).append(" (");
        for (const auto architecture : family.architectures)
            text.append(text.ends_with("(") ? "" : ", ").append(architecture);
        text += ")";
    }
    return text;
}

} // namespace vitfleet
