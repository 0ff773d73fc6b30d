// SPDX-License-Identifier: GPL-3.0-or-later
// Weights in several files.
#include "agent/model/model_directory.h"
#include "shared/base/shard_index.h"
#include "tests/unit/model/hashed_model.h"
#include "tests/unit/model/model_files.h"

#include <QTemporaryDir>
#include <QtTest>
#include <cstring>
#include <fstream>
#include <functional>

using namespace vitfleet;
using namespace vitfleet::tests;
using nlohmann::json;

namespace {

using Path = std::filesystem::path;
using Spoil = std::function<void(const Path&, json& map)>;

json readIndex(const Path& directory)
{
    std::ifstream file(directory / "model.safetensors.index.json");
    return json::parse(file);
}

void writeIndex(const Path& directory, const json& index)
{
    writeFile(directory / "model.safetensors.index.json", index.dump());
}

} // namespace

class ShardsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void readsShards_data();
    void readsShards();
    void refuses_data();
    void refuses();
    void refusesIndexes_data();
    void refusesIndexes();
    void limits();
    void names();

private:
    Path directory() const { return Path(m_folder->path().toStdString()) / "model"; }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void ShardsTest::readsShards_data()
{
    QTest::addColumn<std::size_t>("count");
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{5}})
        QTest::addRow("%zu", count) << count;
}

void ShardsTest::readsShards()
{
    QFETCH(const std::size_t, count);
    tinyFiles().writeShards(directory(), count);
    const auto model = ModelDirectory::open(directory());
    QVERIFY2(model.ok(), model.ok() ? "" : describe(model.error()).c_str());
    const HashedModel expected(tinyConfig());
    QCOMPARE((*model)->spec().tensors.size(), expected.spec().tensors.size());
    for (const auto& [name, tensor] : expected.spec().tensors) {
        const auto& read = (*model)->spec().tensors.at(name);
        QCOMPARE(read.shape, tensor.shape);
        QCOMPARE(std::memcmp(read.data, tensor.data, tensor.bytes), 0);
    }
}

void ShardsTest::refuses_data()
{
    QTest::addColumn<Spoil>("spoil");
    QTest::addColumn<int>("code");
    QTest::addColumn<std::string>("says");
    const auto row = [](const char* name, ErrorCode code, const char* says, const Spoil& spoil) {
        QTest::newRow(name) << spoil << static_cast<int>(code) << std::string(says);
    };
    row("a shard missing", ErrorCode::ModelMissing, "model-00002-of-00003.safetensors",
        [](const Path& p, json&) { std::filesystem::remove(p / shardName(1, 3)); });
    row("a shard cut", ErrorCode::ModelWeights, "data_offsets", [](const Path& p, json&) {
        std::filesystem::resize_file(p / shardName(1, 3), std::filesystem::file_size(p / shardName(1, 3)) - 1);
    });
    row("a shard that is a pickle", ErrorCode::ModelUntrusted, "zip archive",
        [](const Path& p, json&) { writeFile(p / shardName(0, 3), "PK\x03\x04 and so on"); });
    row("a shard outside", ErrorCode::ModelWeights, "no name of a .safetensors file in the same directory",
        [](const Path& p, json& map) {
            std::filesystem::rename(p / shardName(0, 3), p.parent_path() / "x.safetensors");
            for (auto& [tensor, shard] : map.items())
                shard = shard == shardName(0, 3) ? json("../x.safetensors") : shard;
        });
    row("an absolute shard", ErrorCode::ModelWeights, "no name",
        [](const Path& p, json& map) { map["vit.layernorm.bias"] = (p / shardName(0, 3)).string(); });
    row("a shard that is a pickle by name", ErrorCode::ModelWeights, "no name",
        [](const Path&, json& map) { map["vit.layernorm.bias"] = "pytorch_model.bin"; });
    row("a shard that is a number", ErrorCode::ModelWeights, "no name",
        [](const Path&, json& map) { map["vit.layernorm.bias"] = 1; });
    row("a tensor in two shards", ErrorCode::ModelWeights, "is here, the index says", [](const Path& p, json&) {
        std::filesystem::copy_file(p / shardName(0, 3), p / shardName(1, 3),
                                   std::filesystem::copy_options::overwrite_existing);
    });
    row("an unlisted tensor in two shards", ErrorCode::ModelWeights, "\"extra\" is in two shards",
        [](const Path& p, json& map) {
            for (const char* name : {"m.safetensors", "n.safetensors"}) {
                const std::string own = std::string("own.") + name;
                writeFile(p / name, safetensorsBytes({{"extra", {"F32", {1}, std::string(4, '\0')}},
                                                      {own, {"F32", {1}, std::string(4, '\0')}}}));
                map[own] = name;
            }
        });
    row("a tensor in another shard", ErrorCode::ModelWeights, "the index says", [](const Path&, json& map) {
        auto& shard = map["vit.layernorm.bias"];
        shard = shard == shardName(0, 3) ? shardName(1, 3) : shardName(0, 3);
    });
    row("a tensor that is nowhere", ErrorCode::ModelWeights, "\"vit.more\" is missing",
        [](const Path&, json& map) { map["vit.more"] = shardName(0, 3); });
    row("a file that is not there", ErrorCode::ModelWeights, "the index says \"x.safetensors\"",
        [](const Path&, json& map) { map["vit.layernorm.bias"] = "x.safetensors"; });
    row("a tensor of the model missing", ErrorCode::ModelShape, "vit.layernorm.bias is missing",
        [](const Path& p, json& map) {
            auto files = tinyFiles();
            files.tensors.erase("vit.layernorm.bias");
            std::filesystem::remove_all(p);
            files.writeShards(p, 3);
            map = readIndex(p)["weight_map"];
        });
}

void ShardsTest::refuses()
{
    QFETCH(const Spoil, spoil);
    QFETCH(const int, code);
    QFETCH(const std::string, says);
    tinyFiles().writeShards(directory(), 3);
    auto index = readIndex(directory());
    spoil(directory(), index["weight_map"]);
    writeIndex(directory(), index);
    const auto model = ModelDirectory::open(directory());
    QVERIFY(!model.ok());
    QVERIFY2(static_cast<int>(model.error().code) == code, describe(model.error()).c_str());
    QVERIFY2(model.error().detail.find(says) != std::string::npos, describe(model.error()).c_str());
}

void ShardsTest::refusesIndexes_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("says");
    const auto row = [](const char* name, const std::string& text, const char* says) {
        QTest::newRow(name) << text << std::string(says);
    };
    row("empty", "", "index.json");
    row("a list", "[]", "not a JSON object");
    row("no map", "{}", "no weight_map");
    row("an empty map", R"({"weight_map": {}})", "no weight_map");
    row("a map that is a list", R"({"weight_map": ["a"]})", "no weight_map");
    row("a tensor twice", R"({"weight_map": {"a": "x.safetensors", "a": "y.safetensors"}})", "occurs twice");
    row("deep", "{\"a\":" + std::string(100'000, '['), "nested deeper than 32");
}

void ShardsTest::refusesIndexes()
{
    QFETCH(const std::string, text);
    QFETCH(const std::string, says);
    tinyFiles().writeShards(directory(), 2);
    writeFile(directory() / "model.safetensors.index.json", text);
    const auto model = ModelDirectory::open(directory());
    QVERIFY(!model.ok());
    QCOMPARE(model.error().code, ErrorCode::ModelWeights);
    QVERIFY2(model.error().detail.find(says) != std::string::npos, describe(model.error()).c_str());
}

void ShardsTest::limits()
{
    for (const std::size_t count : {maxShards, maxShards + 1}) {
        auto files = tinyFiles();
        for (std::size_t i = 0; i < count; ++i)
            files.tensors["extra" + std::to_string(i)] = {"F32", {1}, std::string(4, '\0')};
        files.writeShards(directory(), count);
        const auto model = ModelDirectory::open(directory());
        QCOMPARE(model.ok(), count <= maxShards);
        if (!model.ok())
            QCOMPARE(model.error().code, ErrorCode::ModelTooLarge);
        std::filesystem::remove_all(directory());
    }
    // All shards together, not each alone: sparse files that need no room on the disk.
    tinyFiles().writeShards(directory(), 2);
    std::filesystem::resize_file(directory() / shardName(0, 2), vitfleet::limits::maxModelBytes);
    QCOMPARE(ModelDirectory::open(directory()).error().code, ErrorCode::ModelWeights);
    tinyFiles().writeShards(directory(), 2);
    std::filesystem::resize_file(directory() / shardName(1, 2), vitfleet::limits::maxModelBytes);
    QCOMPARE(ModelDirectory::open(directory()).error().code, ErrorCode::ModelTooLarge);
}

void ShardsTest::names()
{
    QVERIFY(isShardName("a.safetensors"));
    QVERIFY(isShardName(std::string(vitfleet::limits::maxFileNameBytes - 12, 'a') + ".safetensors"));
    QVERIFY(!isShardName(std::string(vitfleet::limits::maxFileNameBytes - 11, 'a') + ".safetensors"));
    for (const std::string name : {"", ".safetensors", "a.bin", "a/b.safetensors", "..\\b.safetensors"})
        QVERIFY(!isShardName(name));
    QVERIFY(!isShardName(std::string_view("a\0.safetensors", 14)));
}

QTEST_GUILESS_MAIN(ShardsTest)
#include "tst_shards.moc"
