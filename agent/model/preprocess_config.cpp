// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/preprocess_config.h"

#include "agent/model/field_reader.h"
#include "agent/model/json_file.h"
#include "agent/model/model_limits.h"
#include "agent/model/vit_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>
#include <utility>

namespace vitfleet {
namespace {

using nlohmann::json;

/// Fields that are read below, and fields that do not change what the model sees: pictures are always converted to RGB
/// here, and what the processor is called, returns or runs on is its own affair.
constexpr std::array<std::string_view, 27> honoured{
    "image_processor_type",
    "feature_extractor_type",
    "processor_class",
    "do_resize",
    "size",
    "resample",
    "do_center_crop",
    "crop_size",
    "do_rescale",
    "rescale_factor",
    "do_normalize",
    "image_mean",
    "image_std",
    "do_convert_rgb",
    "default_to_square",
    "device",
    "return_tensors",
    "data_format",
    "input_data_format",
    "disable_grouping",
    "model_input_names",
    "name_or_path",
    "transformers_version",
    "image_seq_length",
    "num_channels",
    // BEiT's, for segmentation maps only.
    "do_reduce_labels",
    "reduce_labels",
};

/// {"height", "width"} or {"shortest_edge"}, an integer or [height, width], as get_size_dict of transformers has it.
struct Size
{
    std::uint32_t height = 0, width = 0, shortestEdge = 0;
};

/// What a processor's class has where its file says nothing.
struct Processor
{
    std::string_view name; ///< without "ImageProcessor"
    Resample resample;
    Size size;
    bool squareByDefault;
    bool centerCrop;
    Size crop;
    std::array<double, 3> mean, std;
};

constexpr std::array<double, 3> halves{0.5, 0.5, 0.5};
constexpr std::array<Processor, 4> processors{{
    {"ViT", Resample::Bilinear, {224, 224, 0}, true, false, {}, halves, halves},
    {"DeiT", Resample::Bicubic, {256, 256, 0}, true, true, {224, 224, 0}, halves, halves},
    {"Beit", Resample::Bicubic, {224, 224, 0}, true, false, {224, 224, 0}, halves, halves},
    // DINOv2's; the numbers are CLIP's.
    {"Bit",
     Resample::Bicubic,
     {0, 0, 224},
     false,
     true,
     {224, 224, 0},
     {0.48145466, 0.4578275, 0.40821073},
     {0.26862954, 0.26130258, 0.27577711}},
}};

/// The processor of a model whose file names none, as AutoImageProcessor chooses it.
std::string_view processorOf(const VitConfig& config)
{
    return config.modelType == "deit" ? "DeiT" : config.modelType.starts_with("dinov2") ? "Bit" : "ViT";
}

/// image_processor_type counts before feature_extractor_type, which transformers wrote until 4.26.
const Processor& readProcessor(FieldReader& reader, const VitConfig& config)
{
    const Processor* chosen = nullptr;
    const auto find = [](std::string_view name) {
        const auto* it = std::ranges::find(processors, name, &Processor::name);
        return it == processors.end() ? nullptr : it;
    };
    for (const char* key : {"image_processor_type", "feature_extractor_type"}) {
        if (reader.find(key) == nullptr)
            continue;
        const std::string written = reader.text(key, "");
        std::string_view type = written;
        for (const std::string_view suffix : {"Fast", "Pil"}) {
            if (type.ends_with(suffix)) {
                type.remove_suffix(suffix.size());
                break;
            }
        }
        const Processor* named = nullptr;
        for (const std::string_view ending : {"ImageProcessor", "FeatureExtractor"}) {
            if (type.ends_with(ending))
                named = find(type.substr(0, type.size() - ending.size()));
        }
        if (named == nullptr)
            reader.fail(std::string(key) + " " + quoted(written) +
                        "; supported: ViTImageProcessor, DeiTImageProcessor, BeitImageProcessor and "
                        "BitImageProcessor, also with Fast or Pil, and their FeatureExtractors");
        else if (chosen == nullptr)
            chosen = named;
    }
    return chosen != nullptr ? *chosen : *find(processorOf(config));
}

void refuseUnknown(const json& object, FieldReader& reader)
{
    for (const auto& [key, value] : object.items()) {
        const bool idle = value.is_null() || value == false;
        if (!idle && !key.starts_with('_') && std::ranges::find(honoured, key) == honoured.end())
            reader.fail(quoted(key) + " is not supported");
    }
}

Size readSize(FieldReader& reader, const char* key, Size fallback, bool squareByDefault)
{
    const json* value = reader.find(key);
    if (value == nullptr)
        return fallback;
    if (value->is_object()) {
        // A later transformers writes every key of its size class, most of them null.
        std::size_t set = 0;
        for (const auto& [name, entry] : value->items())
            set += entry.is_null() ? 0 : 1;
        const FieldReader inner(*value, key);
        const json* height = inner.find("height");
        const json* width = inner.find("width");
        const json* edge = inner.find("shortest_edge");
        const std::string name(key);
        if (height != nullptr && width != nullptr && set == 2)
            return {reader.countOf(*height, name + ".height", 1, limits::maxModelSide),
                    reader.countOf(*width, name + ".width", 1, limits::maxModelSide), 0};
        if (edge != nullptr && set == 1)
            return {0, 0, reader.countOf(*edge, name + ".shortest_edge", 1, limits::maxModelSide)};
        reader.fail(name + " is neither height and width nor shortest_edge");
        return fallback;
    }
    const auto [height, width] = reader.side(key, 1, limits::maxModelSide);
    if (!value->is_array() && !squareByDefault)
        return {0, 0, height};
    return {height, width, 0};
}

void readPerChannel(FieldReader& reader, const char* key, bool divisor, std::array<double, 3>& out)
{
    const json* value = reader.find(key);
    if (value == nullptr)
        return;
    if (value->is_array() && value->size() != out.size())
        return reader.fail(std::string(key) + " has " + std::to_string(value->size()) + " entries instead of 3");
    for (std::size_t i = 0; i < out.size(); ++i) {
        const json& entry = value->is_array() ? (*value)[i] : *value;
        out[i] = reader.numberOf(entry, key, -limits::maxPixelScale, limits::maxPixelScale);
        if (divisor && std::abs(out[i]) < 1.0 / limits::maxPixelScale)
            reader.fail(std::string(key) + " has an entry that is zero");
    }
}

void readGeometry(FieldReader& reader, const Processor& processor, Preprocess& preprocess)
{
    const bool squareByDefault = reader.flag("default_to_square", processor.squareByDefault);
    preprocess.resize = reader.flag("do_resize", true);
    if (preprocess.resize) {
        const auto size = readSize(reader, "size", processor.size, squareByDefault);
        preprocess.resizeHeight = size.height;
        preprocess.resizeWidth = size.width;
        preprocess.shortestEdge = size.shortestEdge;
    }
    preprocess.resample =
        static_cast<Resample>(reader.count("resample", static_cast<std::uint32_t>(processor.resample), 0, 5));
    preprocess.centerCrop = reader.flag("do_center_crop", processor.centerCrop);
    if (preprocess.centerCrop) {
        const auto crop = readSize(reader, "crop_size", processor.crop, true);
        preprocess.cropHeight = crop.height;
        preprocess.cropWidth = crop.width;
        if (crop.height == 0 || crop.width == 0)
            reader.fail("do_center_crop without crop_size's height and width");
    }
}

void checkOutput(const Preprocess& preprocess, const VitConfig& config, FieldReader& reader)
{
    const bool fixed = preprocess.centerCrop || (preprocess.resize && preprocess.shortestEdge == 0);
    if (!fixed)
        return reader.fail("the picture's own shape would decide the size of the model's input");
    const auto [height, width] = outputSize(preprocess);
    if (!takesAnyInputSize(config) && (height != config.imageHeight || width != config.imageWidth))
        reader.fail("pictures become " + std::to_string(height) + " high and " + std::to_string(width) +
                    " wide, the model's image_size is " + std::to_string(config.imageHeight) + " by " +
                    std::to_string(config.imageWidth));
}

} // namespace

std::pair<std::uint32_t, std::uint32_t> outputSize(const Preprocess& preprocess)
{
    if (preprocess.centerCrop)
        return {preprocess.cropHeight, preprocess.cropWidth};
    return {preprocess.resizeHeight, preprocess.resizeWidth};
}

Result<Preprocess> readPreprocess(const json& object, const std::string& name, const VitConfig& config)
{
    FieldReader reader(object, name);
    const Processor& processor = readProcessor(reader, config);
    refuseUnknown(object, reader);

    Preprocess preprocess;
    readGeometry(reader, processor, preprocess);
    preprocess.mean = processor.mean;
    preprocess.std = processor.std;
    preprocess.rescale = reader.flag("do_rescale", true);
    preprocess.rescaleFactor =
        reader.number("rescale_factor", 1.0 / 255.0, -limits::maxPixelScale, limits::maxPixelScale);
    preprocess.normalize = reader.flag("do_normalize", true);
    readPerChannel(reader, "image_mean", false, preprocess.mean);
    readPerChannel(reader, "image_std", true, preprocess.std);
    if (!reader.failed())
        checkOutput(preprocess, config, reader);
    if (reader.failed())
        return {ErrorCode::ModelPreprocessor, reader.problem()};
    return preprocess;
}

} // namespace vitfleet
