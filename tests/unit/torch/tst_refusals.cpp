// SPDX-License-Identifier: GPL-3.0-or-later
// What the torch backend refuses: devices, precisions, models that are not whole, wrong calls.
#include "tests/unit/model/hashed_model.h"
#include "tests/unit/torch/reference.h"
#include "tests/unit/torch/torch_module.h"

#include <QtTest>

#include <atomic>
#include <cstdint>

using namespace vitfleet;
using namespace vitfleet::tests;

class RefusalsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void refusesDevices_data();
    void refusesDevices();
    void refusesPrecisions_data();
    void refusesPrecisions();
    void refusesAnotherInterface();
    void refusesNothing();
    void namesAMissingTensor();
    void reportsMemory();
    void refusesWrongCalls();
};

void RefusalsTest::refusesDevices_data()
{
    QTest::addColumn<std::string>("device");
    for (const char* device : {"cuda", "cuda:99", "cuda:-1", "cuda:", "cuda:0x", "cuda:99999999999", "gpu", "", "CPU"})
        QTest::newRow(device) << std::string(device);
}

void RefusalsTest::refusesDevices()
{
    QFETCH(const std::string, device);
    const HashedModel model(tinyConfig());
    BackendSettings settings;
    settings.device = device;
    const auto backend = createTorchBackend(&model.spec(), &settings);
    if (device == "cuda" && backend.ok())
        QSKIP("this machine has a GPU");
    QVERIFY(!backend.ok());
    QCOMPARE(backend.error().code, ErrorCode::Device);
    QVERIFY(backend.error().detail.starts_with(device));
}

void RefusalsTest::refusesPrecisions_data()
{
    QTest::addColumn<std::string>("precision");
    for (const char* precision : {"fp16", "auto", "", "FP32", "int4"})
        QTest::newRow(precision) << std::string(precision);
}

/// fp16 is for GPUs; what is no precision is refused as well, and never replaced by another.
void RefusalsTest::refusesPrecisions()
{
    QFETCH(const std::string, precision);
    const HashedModel model(tinyConfig());
    BackendSettings settings;
    settings.device = "cpu";
    settings.precision = precision;
    const auto backend = createTorchBackend(&model.spec(), &settings);
    QVERIFY(!backend.ok());
    QCOMPARE(backend.error().code, ErrorCode::Precision);
    QVERIFY(backend.error().detail.starts_with(precision));
}

void RefusalsTest::refusesAnotherInterface()
{
    const HashedModel model(tinyConfig());
    const BackendSettings settings;
    for (const std::uint32_t version : {0U, backendApiVersion + 1, 0xffff'ffffU}) {
        const auto backend = createTorchBackend(&model.spec(), &settings, version);
        QVERIFY(!backend.ok());
        QCOMPARE(backend.error().code, ErrorCode::BackendMissing);
    }
}

void RefusalsTest::refusesNothing()
{
    const HashedModel model(tinyConfig());
    const BackendSettings settings;
    QCOMPARE(createTorchBackend(nullptr, &settings).error().code, ErrorCode::BackendFailed);
    QCOMPARE(createTorchBackend(&model.spec(), nullptr).error().code, ErrorCode::BackendFailed);
}

void RefusalsTest::namesAMissingTensor()
{
    HashedModel model(tinyConfig());
    model.spec().tensors.erase("vit.layernorm.bias");
    const BackendSettings settings;
    const auto backend = createTorchBackend(&model.spec(), &settings);
    QVERIFY(!backend.ok());
    QCOMPARE(backend.error(), (Error{ErrorCode::BackendFailed, "the tensor vit.layernorm.bias is missing"}));
}

void RefusalsTest::reportsMemory()
{
    HashedModel model(tinyConfig());
    model.spec().tensors.at("vit.layernorm.bias").shape = {std::int64_t{1} << 45};
    const BackendSettings settings;
    const auto backend = createTorchBackend(&model.spec(), &settings);
    QVERIFY(!backend.ok());
    QCOMPARE(backend.error().code, ErrorCode::BackendMemory);
    QVERIFY(backend.error().detail.find('\n') == std::string::npos);
}

void RefusalsTest::refusesWrongCalls()
{
    const HashedModel model(tinyConfig());
    const auto backend = enteredBackend(model.spec());
    const auto info = backend->info();
    const auto picture = hashedPicture(model.spec().config, 0);
    const std::vector<BackendItem> items(info.preferredBatch + 1, {picture.data(), 0});
    std::vector<float> logits(items.size() * info.labels);
    std::atomic<std::uint64_t> progress{0};
    const auto code = [&](std::uint32_t replica, std::size_t pictureCount, std::size_t logitCount) {
        const auto done = backend->classify(replica, std::span(items).first(pictureCount),
                                            std::span(logits).first(logitCount), progress);
        return done ? ErrorCode::None : done.error().code;
    };
    QCOMPARE(code(0, 1, 7), ErrorCode::None);
    QCOMPARE(code(0, info.preferredBatch, std::size_t{7} * info.preferredBatch), ErrorCode::None);
    QCOMPARE(code(0, items.size(), logits.size()), ErrorCode::BackendFailed);
    QCOMPARE(code(0, 0, 0), ErrorCode::BackendFailed);
    QCOMPARE(code(0, 1, 6), ErrorCode::BackendFailed);
    QCOMPARE(code(1, 1, 7), ErrorCode::BackendFailed);
    QCOMPARE(backend->enterReplica(1).error().code, ErrorCode::BackendFailed);

    const BackendSettings settings;
    auto fresh = createTorchBackend(&model.spec(), &settings);
    QVERIFY(fresh.ok());
    const auto done = (*fresh)->classify(0, std::span(items).first(1), std::span(logits).first(7), progress);
    QCOMPARE(done.error().code, ErrorCode::BackendFailed); // not entered
}

QTEST_GUILESS_MAIN(RefusalsTest)
#include "tst_refusals.moc"
