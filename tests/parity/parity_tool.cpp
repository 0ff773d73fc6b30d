// SPDX-License-Identifier: GPL-3.0-or-later
// What VitFleet makes of pictures, for the scripts beside this file, which compare it with Pillow and transformers.
//
//   vitfleet-parity pixels             of each path on standard input: "CODE WIDTH HEIGHT\n" and the pixels, RGB
//   vitfleet-parity resize FILTER W H  the same, resized
//   vitfleet-parity logits MODEL [SEED]... of each path, as a line of JSON; and for each SEED again, the pictures
//   shuffled into other batches vitfleet-parity pixels-of MODEL    of each path, as the model's own preprocessing makes
//   them vitfleet-parity hashed-model DIR [LABELS [PROBLEM_TYPE]]  writes a small ViT of hashed weights for pictures of
//   224×224
#include "agent/backends/api/backend.h"
#include "agent/imaging/picture.h"
#include "agent/model/model_directory.h"
#include "tests/unit/model/hashed_model.h"
#include "tests/unit/model/model_files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>

using namespace vitfleet;
using nlohmann::json;

namespace {

std::vector<std::string> readPaths()
{
    std::vector<std::string> paths;
    for (std::string line; std::getline(std::cin, line);)
        paths.push_back(line);
    return paths;
}

std::vector<char> readFile(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

imaging::Bytes bytesOf(const std::vector<char>& file)
{
    return std::as_bytes(std::span(file));
}

void print(const std::string& code, std::uint32_t width, std::uint32_t height, std::span<const std::uint8_t> pixels)
{
    std::printf("%s %u %u\n", code.c_str(), width, height);
    std::fwrite(pixels.data(), 1, pixels.size(), stdout);
    std::fflush(stdout);
}

int printPixels()
{
    for (const auto& path : readPaths()) {
        const auto decoded = imaging::decodeImage(bytesOf(readFile(path)));
        if (decoded)
            print("OK", decoded->image.width(), decoded->image.height(), decoded->image.pixels());
        else
            print(std::string(info(decoded.error().code).name), 0, 0, {});
    }
    return 0;
}

int printPrepared(const Preprocess& preprocess, std::uint32_t width, std::uint32_t height)
{
    std::vector<std::uint8_t> pixels(std::size_t{width} * height * 3);
    for (const auto& path : readPaths()) {
        const auto prepared = imaging::prepareImage(bytesOf(readFile(path)), preprocess, width, height, pixels);
        if (prepared)
            print("OK", width, height, pixels);
        else
            print(std::string(info(prepared.error().code).name), 0, 0, {});
    }
    return 0;
}

std::unique_ptr<ModelDirectory> openModel(const std::string& directory)
{
    auto model = ModelDirectory::open(directory);
    if (!model)
        throw std::runtime_error(describe(model.error()));
    return *std::move(model);
}

std::unique_ptr<Backend> openBackend(const ModelSpec& spec)
{
    void* module = ::dlopen(VITFLEET_TEST_MODULE, RTLD_NOW | RTLD_LOCAL);
    void* symbol = module != nullptr ? ::dlsym(module, backendFactoryName) : nullptr;
    if (symbol == nullptr)
        throw std::runtime_error(::dlerror());
    BackendSettings settings;
    settings.device = "cpu";
    Result<std::unique_ptr<Backend>> backend = Error{};
    reinterpret_cast<BackendFactory>(symbol)(backendApiVersion, &spec, &settings, &backend);
    if (!backend)
        throw std::runtime_error(describe(backend.error()));
    if (const auto entered = (*backend)->enterReplica(0); !entered)
        throw std::runtime_error(describe(entered.error()));
    return *std::move(backend);
}

std::uint32_t number(const char* text)
{
    std::uint32_t value = 0;
    std::from_chars(text, text + std::char_traits<char>::length(text), value);
    return value;
}

using Logits = std::vector<std::vector<float>>;

/// In batches as a run would make them; with a seed in batches of random sizes, the pictures shuffled.
Logits logitsOf(Backend& backend, const std::vector<std::vector<std::uint8_t>>& pictures,
                std::optional<std::uint32_t> seed)
{
    std::vector<std::size_t> order(pictures.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 random(seed.value_or(0));
    if (seed)
        std::ranges::shuffle(order, random);
    const std::size_t largest = backend.info().preferredBatch;
    const std::size_t labels = backend.info().labels;
    Logits rows(pictures.size());
    std::atomic<std::uint64_t> progress{0};
    for (std::size_t at = 0; at < order.size();) {
        const std::size_t wanted = seed ? 1 + random() % largest : largest;
        const std::size_t count = std::min(wanted, order.size() - at);
        std::vector<BackendItem> items;
        for (std::size_t i = 0; i < count; ++i)
            items.push_back({pictures[order[at + i]].data(), 0});
        std::vector<float> logits(count * labels);
        if (const auto done = backend.classify(0, items, logits, progress); !done)
            throw std::runtime_error(describe(done.error()));
        for (std::size_t i = 0; i < count; ++i)
            rows[order[at + i]].assign(logits.begin() + static_cast<std::ptrdiff_t>(i * labels),
                                       logits.begin() + static_cast<std::ptrdiff_t>((i + 1) * labels));
        at += count;
    }
    return rows;
}

void print(const Logits& rows)
{
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            std::printf("%s%.9g", i == 0 ? "[" : ",", static_cast<double>(row[i]));
        std::puts("]");
    }
}

int printLogits(const std::string& directory, std::span<char* const> seeds)
{
    const auto model = openModel(directory);
    const VitConfig& config = model->spec().config;
    std::vector<std::vector<std::uint8_t>> pictures;
    for (const auto& path : readPaths()) {
        auto& pixels = pictures.emplace_back(std::size_t{config.imageWidth} * config.imageHeight * 3);
        const auto prepared = imaging::prepareImage(bytesOf(readFile(path)), model->spec().preprocess,
                                                    config.imageWidth, config.imageHeight, pixels);
        if (!prepared)
            throw std::runtime_error(path + ": " + describe(prepared.error()));
    }
    const auto backend = openBackend(model->spec());
    print(logitsOf(*backend, pictures, std::nullopt));
    for (const char* seed : seeds)
        print(logitsOf(*backend, pictures, number(seed)));
    return 0;
}

/// 192 wide, 4 layers: wide enough that every pixel counts, and quick.
int writeHashedModel(const std::string& directory, std::uint32_t labels, const std::string& problemType)
{
    VitConfig config = tests::tinyConfig();
    config.imageHeight = config.imageWidth = 224;
    config.patchHeight = config.patchWidth = 16;
    config.hiddenSize = 192;
    config.layers = 4;
    config.heads = 3;
    config.intermediateSize = 768;
    config.labels.clear();
    for (std::uint32_t i = 0; i < labels; ++i)
        config.labels.push_back("class " + std::to_string(i));
    const tests::HashedModel model(config);
    tests::ModelFiles files;
    files.config = {{"architectures", {"ViTForImageClassification"}},
                    {"model_type", "vit"},
                    {"image_size", 224},
                    {"patch_size", 16},
                    {"hidden_size", config.hiddenSize},
                    {"num_hidden_layers", config.layers},
                    {"num_attention_heads", config.heads},
                    {"intermediate_size", config.intermediateSize},
                    {"id2label", json::object()},
                    {"label2id", json::object()}};
    if (!problemType.empty())
        files.config["problem_type"] = problemType;
    for (std::size_t i = 0; i < config.labels.size(); ++i) {
        files.config["id2label"][std::to_string(i)] = config.labels[i];
        files.config["label2id"][config.labels[i]] = i;
    }
    files.preprocessor = {{"image_processor_type", "ViTImageProcessor"},
                          {"size", {{"height", 224}, {"width", 224}}},
                          {"resample", 2},
                          {"image_mean", {0.5, 0.5, 0.5}},
                          {"image_std", {0.5, 0.5, 0.5}}};
    for (const auto& [name, tensor] : model.spec().tensors)
        files.tensors[name] = {"F32", tensor.shape, {reinterpret_cast<const char*>(tensor.data), tensor.bytes}};
    files.writeTo(directory);
    return 0;
}

int run(int argc, char** argv)
{
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "pixels" && argc == 2)
        return printPixels();
    if (mode == "resize" && argc == 5) {
        Preprocess preprocess;
        preprocess.resample = static_cast<Resample>(number(argv[2]));
        preprocess.resizeWidth = number(argv[3]);
        preprocess.resizeHeight = number(argv[4]);
        return printPrepared(preprocess, preprocess.resizeWidth, preprocess.resizeHeight);
    }
    if (mode == "logits" && argc >= 3)
        return printLogits(argv[2], std::span(argv + 3, static_cast<std::size_t>(argc) - 3));
    if (mode == "pixels-of" && argc == 3) {
        const auto model = openModel(argv[2]);
        const auto& config = model->spec().config;
        return printPrepared(model->spec().preprocess, config.imageWidth, config.imageHeight);
    }
    if (mode == "hashed-model" && argc >= 3 && argc <= 5)
        return writeHashedModel(argv[2], argc > 3 ? number(argv[3]) : 100, argc > 4 ? argv[4] : "");
    std::fputs("usage: see the head of tests/parity/parity_tool.cpp\n", stderr);
    return 2;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        imaging::setUpImaging();
        return run(argc, argv);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "vitfleet-parity: %s\n", exception.what());
        return 1;
    }
}
