// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to rows between products, on every level that this machine has, against plain C++ in double.
#include "agent/backends/torch/kernels/buffer.h"
#include "agent/backends/torch/kernels/matrix.h"
#include "agent/backends/torch/kernels/passes.h"
#include "tests/unit/kernels/levels.h"

#include <cstring>

using namespace vitfleet::kernels;
using namespace vitfleet::kernels::test;

namespace {

float floatOf(std::uint16_t brain)
{
    return __builtin_bit_cast(float, Word{brain} << 16);
}

} // namespace

class PassesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void curves_data() { addLevels(); }
    void curves();
    void finishesSums_data() { addLevels(); }
    void finishesSums();
    void layerNorms_data() { addLevels(); }
    void layerNorms();
    void softmaxes_data() { addLevels(); }
    void softmaxes();
    void conversions_data() { addLevels(); }
    void conversions();
    void coarseGelu_data() { addLevels(); }
    void coarseGelu();
    void scalesRows_data() { addLevels(); }
    void scalesRows();
    void rearranges_data() { addLevels(); }
    void rearranges();
};

void PassesTest::curves()
{
    FETCH_LEVEL(kernels);
    const Passes& plain = plainPasses();
    constexpr std::size_t count = 1 << 14;
    Buffer<Word> sums(count);
    Buffer<float> bias(count), ours(count), theirs(count);
    for (std::size_t i = 0; i < count; ++i)
        sums[i] = __builtin_bit_cast(Word, -16.0F + 32.0F * static_cast<float>(i) / count);
    for (const Curve curve : {Curve::None, Curve::Gelu, Curve::GeluTanh, Curve::QuickGelu, Curve::Relu, Curve::Silu}) {
        Finish finish;
        finish.sums = sums.data();
        finish.sumStride = finish.outStride = finish.columns = count;
        finish.bias = bias.data();
        finish.curve = curve;
        finish.rows = 1;
        finish.out = ours.data();
        kernels.passes->finish(finish);
        finish.out = theirs.data();
        plain.finish(finish);
        for (std::size_t i = 0; i < count; ++i) {
            const double x = __builtin_bit_cast(float, sums[i]);
            QVERIFY2(std::abs(static_cast<double>(ours[i]) - theirs[i]) <= 1e-6 * std::max(1.0, std::abs(x)),
                     qPrintable(QStringLiteral("curve %1 at %2").arg(static_cast<int>(curve)).arg(x)));
        }
    }
}

void PassesTest::finishesSums()
{
    FETCH_LEVEL(kernels);
    Numbered numbered(3);
    constexpr std::size_t rows = 3, columns = 32, stride = 40;
    Buffer<Word> sums(rows * columns);
    Buffer<float> bias(columns), scales(columns), columnSums(columns);
    RowScale rowScales[rows];
    for (std::size_t i = 0; i < columns; ++i) {
        bias[i] = numbered.uniform(-1, 1);
        scales[i] = numbered.uniform(0.001F, 0.01F);
        columnSums[i] = std::round(numbered.uniform(-500, 500));
    }
    for (RowScale& scale : rowScales)
        scale = {numbered.uniform(0.001F, 0.01F), numbered.uniform(-1, 0)};
    for (const bool integers : {false, true}) {
        for (std::size_t i = 0; i < sums.size(); ++i)
            sums[i] = integers ? static_cast<Word>(static_cast<int>(numbered.uniform(-1e5F, 1e5F)))
                               : __builtin_bit_cast(Word, numbered.uniform(-3, 3));
        for (const bool add : {false, true}) {
            Buffer<float> ours(rows * stride), theirs(rows * stride);
            Buffer<std::uint16_t> ourBrain(rows * stride), theirBrain(rows * stride);
            for (std::size_t i = 0; i < ours.size(); ++i)
                ours[i] = theirs[i] = numbered.uniform(-1, 1);
            Finish finish{sums.data(),
                          columns,
                          integers ? rowScales : nullptr,
                          scales.data(),
                          columnSums.data(),
                          bias.data(),
                          Curve::Gelu,
                          add,
                          ours.data(),
                          nullptr,
                          stride,
                          rows,
                          columns};
            kernels.passes->finish(finish);
            finish.out = theirs.data();
            plainPasses().finish(finish);
            for (std::size_t i = 0; i < ours.size(); ++i)
                QVERIFY(std::abs(ours[i] - theirs[i]) <= 5e-6F * (1 + std::abs(theirs[i])));
            finish.outBrain = ourBrain.data();
            kernels.passes->finish(finish);
            finish.outBrain = theirBrain.data();
            plainPasses().finish(finish);
            for (std::size_t i = 0; i < ours.size(); ++i) {
                const float a = __builtin_bit_cast(float, Word{ourBrain[i]} << 16);
                const float b = __builtin_bit_cast(float, Word{theirBrain[i]} << 16);
                QVERIFY(std::abs(a - b) <= 1e-4F + 0.008F * std::abs(b)); // GELU is coarser there
            }
        }
    }
}

void PassesTest::layerNorms()
{
    FETCH_LEVEL(kernels);
    for (const std::size_t count : {1, 7, 16, 33, 96, 768, 1283}) {
        Numbered numbered(static_cast<unsigned>(count));
        // A mean that is far from zero: subtracting squares would lose it.
        const auto x = numbered.floats(count, 90, 110), weight = numbered.floats(count, 0.5F, 2),
                   bias = numbered.floats(count, -1, 1);
        std::vector<float> ours(count), theirs(count);
        kernels.passes->layerNorm(x.data(), weight.data(), bias.data(), 1e-6F, count, ours.data());
        plainPasses().layerNorm(x.data(), weight.data(), bias.data(), 1e-6F, count, theirs.data());
        // A single value: 0 / √ε is what is left of rounding, in both.
        QVERIFY2(largestDifference(ours, theirs) < 3e-5, qPrintable(QString::number(count)));
    }
}

void PassesTest::softmaxes()
{
    FETCH_LEVEL(kernels);
    for (const std::size_t count : {1, 5, 16, 50, 197, 257}) {
        for (const float range : {0.0F, 3.0F, 500.0F}) { // 500: some are too small to be numbers
            Numbered numbered(static_cast<unsigned>(count));
            auto theirs = numbered.floats(count, -range, range);
            auto ours = theirs;
            ours.resize((count + 15) / 16 * 16, 1e9F); // what lies there must not count
            std::vector<std::uint16_t> brain(ours.size(), 7);
            const float c = kernels.passes->softmaxBrain(ours.data(), 0.25F, count, brain.data());
            const float a = kernels.passes->softmax(ours.data(), 0.25F, count);
            const float b = plainPasses().softmax(theirs.data(), 0.25F, count);
            ours.resize(count);
            QVERIFY(largestDifference(ours, theirs) < 1e-6 + 1e-5 * static_cast<double>(range) * 0.01);
            QVERIFY(std::abs(a - b) < 2e-5F * b);
            QVERIFY(std::abs(c - b) < 5e-5F * b);
            for (std::size_t i = 0; i < count; ++i)
                QVERIFY(std::abs(floatOf(brain[i]) - theirs[i]) <= 5e-5F + theirs[i] / 256);
        }
    }
}

void PassesTest::conversions()
{
    FETCH_LEVEL(kernels);
    for (const std::size_t count : {1, 4, 15, 16, 31, 96, 777}) {
        Numbered numbered(static_cast<unsigned>(count));
        const auto x = numbered.floats(count, -3, 5);
        std::vector<std::uint16_t> ours(count), theirs(count);
        kernels.passes->toBrain(x.data(), count, ours.data());
        plainPasses().toBrain(x.data(), count, theirs.data());
        QCOMPARE(ours, theirs);

        for (const int levels : {127, 255}) {
            std::vector<std::uint8_t> bytes(count);
            const RowScale scale = kernels.passes->quantise(x.data(), count, levels, bytes.data());
            for (std::size_t i = 0; i < count; ++i) {
                QVERIFY(bytes[i] <= levels);
                const float value = scale.low + scale.scale * static_cast<float>(bytes[i]);
                QVERIFY(std::abs(value - x[i]) <= scale.scale * 0.5001F + 1e-6F);
            }
        }
        std::vector<std::uint8_t> fromFloats(count), fromBrains(count);
        std::vector<float> rounded(count);
        std::transform(ours.begin(), ours.end(), rounded.begin(), &floatOf);
        const RowScale a = kernels.passes->quantise(rounded.data(), count, 255, fromFloats.data());
        const RowScale b = kernels.passes->quantiseBrain(ours.data(), count, 255, fromBrains.data());
        QCOMPARE(fromBrains, fromFloats);
        QVERIFY(a.scale == b.scale && a.low == b.low);

        const std::vector<float> equal(count, 2.5F);
        std::vector<std::uint8_t> bytes(count, 9);
        const RowScale scale = kernels.passes->quantise(equal.data(), count, 255, bytes.data());
        QCOMPARE(scale.low + scale.scale * static_cast<float>(bytes.back()), 2.5F);

        std::vector<float> scaled(count), gated(count), plainGated(count);
        kernels.passes->scale(x.data(), 1.5F, count, scaled.data());
        for (std::size_t i = 0; i < count; ++i)
            QCOMPARE(scaled[i], x[i] * 1.5F);
        kernels.passes->gate(x.data(), scaled.data(), count, gated.data());
        plainPasses().gate(x.data(), scaled.data(), count, plainGated.data());
        QVERIFY(largestDifference(gated, plainGated) < 1e-5);
    }
}

/// Values that become bf16 anyway have a shorter polynomial: within 5e-5 and what rounding does to them.
void PassesTest::coarseGelu()
{
    FETCH_LEVEL(kernels);
    constexpr std::size_t count = 1 << 14;
    Buffer<Word> sums(count);
    Buffer<float> bias(count);
    Buffer<std::uint16_t> out(count);
    for (std::size_t i = 0; i < count; ++i)
        sums[i] = __builtin_bit_cast(Word, -16.0F + 32.0F * static_cast<float>(i) / count);
    Finish finish;
    finish.sums = sums.data();
    finish.sumStride = finish.outStride = finish.columns = count;
    finish.bias = bias.data();
    finish.curve = Curve::Gelu;
    finish.rows = 1;
    finish.outBrain = out.data();
    kernels.passes->finish(finish);
    for (std::size_t i = 0; i < count; ++i) {
        const double x = __builtin_bit_cast(float, sums[i]);
        const double expected = x * 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
        QVERIFY2(std::abs(floatOf(out[i]) - expected) <= 5e-5 + std::abs(expected) / 256,
                 qPrintable(QString::number(x)));
    }
}

void PassesTest::scalesRows()
{
    FETCH_LEVEL(kernels);
    constexpr std::size_t rows = 3, stride = 48, outStride = 50;
    Numbered numbered(4);
    const auto sums = numbered.floats(rows * stride, -3, 3);
    const float factors[rows] = {0.5F, 1.0F / 3, 2};
    for (const std::size_t columns : {1, 15, 16, 24, 47}) {
        std::vector<float> out(rows * outStride, 7);
        std::vector<std::uint16_t> brain(rows * outStride, 7);
        kernels.passes->scaleRows({sums.data(), stride, factors, out.data(), nullptr, outStride, rows, columns});
        kernels.passes->scaleRows({sums.data(), stride, factors, nullptr, brain.data(), outStride, rows, columns});
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t c = 0; c < columns; ++c) {
                const float expected = sums[r * stride + c] * factors[r];
                QCOMPARE(out[r * outStride + c], expected);
                QCOMPARE(brain[r * outStride + c], brainOfFloat(expected));
            }
            QCOMPARE(out[r * outStride + columns], 7.0F); // nothing beyond
            QCOMPARE(brain[r * outStride + columns], std::uint16_t{7});
        }
    }
}

/// Words that only move.
void PassesTest::rearranges()
{
    FETCH_LEVEL(kernels);
    constexpr std::size_t stride = 45, outStride = 40;
    Numbered numbered(6);
    std::vector<Word> x(33 * stride);
    for (Word& word : x)
        word = numbered.word();
    for (const std::size_t rows : {1, 8, 16, 21, 33}) {
        for (const std::size_t columns : {1, 12, 16, 37}) {
            std::vector<Word> out(columns * outStride, 5);
            kernels.passes->transpose(x.data(), stride, rows, columns, out.data(), outStride);
            for (std::size_t c = 0; c < columns; ++c) {
                for (std::size_t r = 0; r < rows; ++r)
                    QCOMPARE(out[c * outStride + r], x[r * stride + c]);
                QCOMPARE(out[c * outStride + rows], Word{5});
            }
        }
    }
    const auto* halves = reinterpret_cast<const std::uint16_t*>(x.data());
    for (const std::size_t count : {1, 16, 29}) {
        std::vector<Word> out(count + 1, 5);
        kernels.passes->pair(halves, halves + 40, count, out.data());
        for (std::size_t i = 0; i < count; ++i)
            QCOMPARE(out[i], halves[i] | Word{halves[40 + i]} << 16);
        QCOMPARE(out[count], Word{5});
    }
}

QTEST_GUILESS_MAIN(PassesTest)
#include "tst_passes.moc"
