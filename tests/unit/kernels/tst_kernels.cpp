// SPDX-License-Identifier: GPL-3.0-or-later
// The CPU kernels of every level that this machine has, against the plain ones and against definitions in double.
#include "agent/backends/torch/kernels/isa.h"
#include "agent/backends/torch/kernels/precisions.h"
#include "agent/backends/torch/kernels/vit.h"
#include "tests/unit/kernels/levels.h"

#include <cstring>

using namespace vitfleet::kernels;
using namespace vitfleet::kernels::test;

namespace {

Word brainPair(float low, float high)
{
    return brainOfFloat(low) | Word{brainOfFloat(high)} << 16;
}

/// A word of a row or of a panel, within the ranges that the tile promises to take; `extreme`: at their ends alone.
Word wordOf(Numbered& numbered, Numbers numbers, const Tile& tile, bool ofWeights, bool extreme)
{
    if (numbers == Numbers::Float)
        return __builtin_bit_cast(Word, numbered.uniform(-1, 1));
    if (numbers == Numbers::Brain)
        return brainPair(numbered.uniform(-1, 1), numbered.uniform(-1, 1));
    Word result = 0;
    const int low = ofWeights ? -tile.weightLevels : 0;
    const int high = ofWeights ? tile.weightLevels : tile.activationLevels;
    for (int shift = 0; shift < 32; shift += 8) {
        const Word random = numbered.word();
        const int value = extreme ? (random % 8 == 0 ? low : high)
                                  : low + static_cast<int>(random % static_cast<Word>(high - low + 1));
        result |= Word{static_cast<std::uint8_t>(value)} << shift;
    }
    return result;
}

double valueAt(Numbers numbers, bool ofWeights, Word word, int part)
{
    if (numbers == Numbers::Float)
        return __builtin_bit_cast(float, word);
    if (numbers == Numbers::Brain)
        return __builtin_bit_cast(float, part == 0 ? word << 16 : word & 0xffff'0000U);
    const auto byte = static_cast<std::uint8_t>(word >> (8 * part));
    return ofWeights ? static_cast<double>(static_cast<std::int8_t>(byte)) : static_cast<double>(byte);
}

Vit smallVit(const Kernels& kernels, Numbers numbers, bool gated, bool patchMean)
{
    Numbered numbered(5);
    Vit vit;
    vit.kernels = kernels;
    vit.attention = kernels.besides(numbers);
    vit.imageWidth = 20;
    vit.patchHeight = vit.patchWidth = 4;
    vit.patchRows = vit.patchColumns = 5;
    vit.hidden = 72; // no multiple of a panel
    vit.inner = 104;
    vit.heads = 3;
    vit.leading = patchMean ? 3 : 1;
    vit.tokens = vit.leading + vit.patches();
    vit.headTokens = patchMean ? vit.tokens : 1;
    vit.labels = 7;
    vit.gated = gated;
    vit.patchMean = patchMean;
    const auto matrix = [&](Numbers type, std::size_t outputs, std::size_t inputs, Curve curve = Curve::None) {
        const auto weights = numbered.floats(outputs * inputs, -0.2F, 0.2F);
        const auto bias = numbered.floats(outputs, -0.1F, 0.1F);
        return Matrix(kernels, type, weights.data(), bias.data(), outputs, inputs, curve);
    };
    const auto norm = [&] {
        return VitNorm{numbered.floats(vit.hidden, 0.5F, 1.5F), numbered.floats(vit.hidden, -0.2F, 0.2F)};
    };
    vit.patchEmbedding = matrix(kernels.besides(numbers), vit.hidden, 48);
    vit.patchPositions = numbered.floats(vit.patches() * vit.hidden, -1, 1);
    vit.leadingTokens = numbered.floats(vit.leading * vit.hidden, -1, 1);
    for (int i = 0; i < 3; ++i) {
        VitLayer layer;
        layer.before = norm();
        layer.after = norm();
        const bool few = i == 2 && !patchMean;
        if (few)
            layer.query = matrix(numbers, vit.hidden, vit.hidden);
        layer.queryKeyValue = matrix(numbers, (few ? 2 : 3) * vit.hidden, vit.hidden);
        layer.attentionOutput = matrix(numbers, vit.hidden, vit.hidden);
        layer.up =
            gated ? matrix(numbers, 2 * vit.inner, vit.hidden) : matrix(numbers, vit.inner, vit.hidden, Curve::Gelu);
        layer.down = matrix(numbers, vit.hidden, vit.inner);
        vit.layers.push_back(std::move(layer));
    }
    vit.norm = norm();
    vit.classifier = matrix(Numbers::Float, vit.labels, patchMean ? 2 * vit.hidden : vit.hidden);
    return vit;
}

std::vector<std::vector<std::uint8_t>> smallPictures(std::size_t count)
{
    Numbered numbered(9);
    std::vector<std::vector<std::uint8_t>> pictures(count, std::vector<std::uint8_t>(20 * 20 * 3));
    for (auto& picture : pictures) {
        for (auto& value : picture)
            value = static_cast<std::uint8_t>(numbered.word());
    }
    return pictures;
}

std::vector<float> logitsOf(VitRun& run, std::span<const std::uint8_t* const> pictures)
{
    std::vector<float> logits(pictures.size() * 7);
    std::atomic<std::uint64_t> progress{0};
    run.classify(pictures, logits.data(), progress);
    return logits;
}

} // namespace

class KernelsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { qunsetenv(cpuVariable); }

    void playsAnOlderCpu();
    void wrongProductIsReplaced();
    void namedPrecisionNeedsOnlyAProduct();
    void tiles_data() { addLevels(); }
    void tiles();
    void products_data() { addLevels(); }
    void products();
    void attention_data() { addLevels(); }
    void attention();
    void wholeModel_data();
    void wholeModel();
};

void KernelsTest::playsAnOlderCpu()
{
    const Level best = bestLevel();
    for (const Level level : levelsUpTo(Level::Amx)) {
        qputenv(cpuVariable, QByteArray::fromStdString(std::string(levelName(level))));
        QCOMPARE(cpuLevel(), std::min(level, best));
    }
    for (const char* nonsense : {"", "AVX2", "newest"}) {
        qputenv(cpuVariable, nonsense);
        QCOMPARE(cpuLevel(), best);
    }
    qInfo("this CPU: %s", kernelsOf(best).name.c_str());
}

void KernelsTest::wrongProductIsReplaced()
{
    if (bestLevel() < Level::Avx2)
        QSKIP("this CPU has nothing above the plain products");
    const Kernels right = kernelsOf(Level::Avx2);
    QCOMPARE(checkedKernels(right).name, right.name);
    Kernels broken = right;
    broken.bytes.compute = [](const Word*, std::size_t, const Word*, std::size_t, Word* out, std::size_t, std::size_t,
                              const Ahead&) { *out = 1; };
    const Kernels mended = checkedKernels(broken);
    QCOMPARE(mended.name, std::string("AVX2 (int8 of plain C++)"));
    QVERIFY(mended.bytes.compute == plainBytes().compute);
    QVERIFY(mended.floats.compute == right.floats.compute);
    broken.floats.compute = broken.bytes.compute;
    QCOMPARE(checkedKernels(broken).name, std::string("AVX2 (fp32 of plain C++; int8 of plain C++)"));
}

/// A probe that comes out low must not take away from one node what the others of its kind compute in.
void KernelsTest::namedPrecisionNeedsOnlyAProduct()
{
    if (bestLevel() < Level::Avx2)
        QSKIP("this CPU has nothing above the plain products");
    Kernels kernels = kernelsOf(Level::Avx2);
    kernels.bytes = plainBytes();
    QCOMPARE(payingPrecisions(kernels), std::vector<std::string>{"fp32"});
    QCOMPARE(computablePrecisions(kernels), (std::vector<std::string>{"fp32", "int8"}));
    QVERIFY(numbersOf(kernels, "int8") == Numbers::Bytes);
    QVERIFY(!numbersOf(kernels, "bf16"));
    QVERIFY(!numbersOf(kernels, "fp16"));
}

/// Every number of rows, depths that fill no unrolled loop, and for bytes the ends of their ranges, where narrower sums
/// would saturate.
void KernelsTest::tiles()
{
    FETCH_LEVEL(kernels);
    const ThreadState state(kernels);
    for (const Numbers numbers : {Numbers::Float, Numbers::Brain, Numbers::Bytes}) {
        const Tile& tile = kernels.tile(numbers);
        if (tile.compute == nullptr)
            continue;
        const int parts = numbers == Numbers::Float ? 1 : numbers == Numbers::Brain ? 2 : 4;
        for (const std::size_t depth : {std::size_t{1}, std::size_t{6}, std::size_t{37}, std::size_t{260}}) {
            const std::size_t words = roundedUp(depth, tile.wordMultiple);
            for (std::size_t count = 1; count <= tile.rows; ++count) {
                Numbered numbered(static_cast<unsigned>(count * 7 + depth));
                const std::size_t stride = words + 3;
                Buffer<Word> rows(32 * stride), panel(words * tile.columns), out(32 * (tile.columns + 5));
                for (std::size_t i = 0; i < count * stride; ++i)
                    rows[i] = wordOf(numbered, numbers, tile, false, count % 2 == 0);
                for (std::size_t i = 0; i < depth * tile.columns; ++i)
                    panel[i] = wordOf(numbered, numbers, tile, true, count % 2 == 0);
                tile.compute(rows.data(), stride, panel.data(), words, out.data(), tile.columns + 5, count, {});
                for (std::size_t r = 0; r < count; ++r) {
                    for (std::size_t c = 0; c < tile.columns; ++c) {
                        double sum = 0;
                        for (std::size_t k = 0; k < words; ++k) {
                            for (int part = 0; part < parts; ++part)
                                sum += valueAt(numbers, false, rows[r * stride + k], part) *
                                       valueAt(numbers, true, panel[k * tile.columns + c], part);
                        }
                        const Word word = out[r * (tile.columns + 5) + c];
                        const double found = numbers == Numbers::Bytes
                                                 ? static_cast<double>(static_cast<int>(word))
                                                 : static_cast<double>(__builtin_bit_cast(float, word));
                        const double tolerance = numbers == Numbers::Bytes ? 0 : 1e-6 * static_cast<double>(4 + words);
                        QVERIFY2(std::abs(found - sum) <= tolerance,
                                 qPrintable(QStringLiteral("type %1, depth %2, %3 rows: %4 instead of %5 at %6, %7")
                                                .arg(static_cast<int>(numbers))
                                                .arg(depth)
                                                .arg(count)
                                                .arg(found)
                                                .arg(sum)
                                                .arg(r)
                                                .arg(c)));
                    }
                }
            }
        }
    }
}

/// A linear layer of odd size: near its definition in double, and each row the same bits alone as among others.
void KernelsTest::products()
{
    FETCH_LEVEL(kernels);
    const ThreadState state(kernels);
    constexpr std::size_t outputs = 83, inputs = 150, count = 75;
    Numbered numbered(1);
    const auto weights = numbered.floats(outputs * inputs, -0.3F, 0.3F), bias = numbered.floats(outputs, -1, 1),
               x = numbered.floats(count * inputs, -1, 2);
    for (const Numbers numbers : {Numbers::Float, Numbers::Brain, Numbers::Bytes}) {
        if (kernels.tile(numbers).compute == nullptr)
            continue;
        const Matrix matrix(kernels, numbers, weights.data(), bias.data(), outputs, inputs);
        const std::size_t stride = rowStride(matrix.inputWords()), outStride = rowStride(outputs);
        Buffer<Word> rows((count + 32) * stride);
        Buffer<RowScale> scales(count + 32);
        for (std::size_t r = 0; r < count; ++r) {
            Word* row = rows.data() + r * stride;
            if (numbers == Numbers::Float)
                std::memcpy(row, &x[r * inputs], inputs * sizeof(float));
            else if (numbers == Numbers::Brain)
                kernels.passes->toBrain(&x[r * inputs], inputs, reinterpret_cast<std::uint16_t*>(row));
            else
                scales[r] = kernels.passes->quantise(&x[r * inputs], inputs, matrix.activationLevels(),
                                                     reinterpret_cast<std::uint8_t*>(row));
        }
        Buffer<float> all(count * outStride), one(outStride);
        matrix.multiply({rows.data(), stride, scales.data(), count}, {all.data(), nullptr, outStride});
        double most = 0;
        for (std::size_t r = 0; r < count; ++r) {
            for (std::size_t o = 0; o < outputs; ++o) {
                double sum = bias[o];
                for (std::size_t i = 0; i < inputs; ++i)
                    sum += static_cast<double>(x[r * inputs + i]) * weights[o * inputs + i];
                most = std::max(most, std::abs(all[r * outStride + o] - sum));
            }
            matrix.multiply({rows.data() + r * stride, stride, scales.data() + r, 1}, {one.data(), nullptr, outStride});
            QVERIFY(std::memcmp(one.data(), &all[r * outStride], outputs * sizeof(float)) == 0);
        }
        const double tolerance = numbers == Numbers::Float ? 2e-5 : numbers == Numbers::Brain ? 0.05 : 0.12;
        QVERIFY2(most < tolerance, qPrintable(QStringLiteral("type %1: %2").arg(static_cast<int>(numbers)).arg(most)));
    }
}

void KernelsTest::attention()
{
    FETCH_LEVEL(kernels);
    const ThreadState state(kernels);
    constexpr std::size_t tokens = 53, heads = 3, size = 24, width = heads * size, stride = 3 * width + 8;
    Numbered numbered(2);
    const auto qkv = numbered.floats(tokens * stride, -2, 2);
    std::vector<double> expected(tokens * width);
    for (std::size_t head = 0; head < heads; ++head) {
        for (std::size_t q = 0; q < tokens; ++q) {
            std::vector<double> weights(tokens);
            double sum = 0;
            for (std::size_t k = 0; k < tokens; ++k) {
                double score = 0;
                for (std::size_t i = 0; i < size; ++i)
                    score += static_cast<double>(qkv[q * stride + head * size + i]) *
                             qkv[k * stride + width + head * size + i];
                sum += weights[k] = std::exp(score / std::sqrt(static_cast<double>(size)));
            }
            for (std::size_t i = 0; i < size; ++i) {
                double mixed = 0;
                for (std::size_t k = 0; k < tokens; ++k)
                    mixed += weights[k] / sum * qkv[k * stride + 2 * width + head * size + i];
                expected[q * width + head * size + i] = mixed;
            }
        }
    }
    for (const Numbers numbers : {Numbers::Float, Numbers::Brain}) {
        if (kernels.tile(numbers).compute == nullptr)
            continue;
        std::vector<std::uint16_t> brains(qkv.size() + 32 * stride);
        plainPasses().toBrain(qkv.data(), qkv.size(), brains.data());
        std::vector<float> floats = qkv;
        floats.resize(qkv.size() + 32 * stride);
        const std::size_t entry = numbers == Numbers::Brain ? 2 : 4;
        const auto* rows = numbers == Numbers::Brain ? reinterpret_cast<const std::byte*>(brains.data())
                                                     : reinterpret_cast<const std::byte*>(floats.data());
        Attention attention(kernels, numbers, tokens, heads, size);
        const AttentionInput input{rows, rows + width * entry, rows + 2 * width * entry, stride, stride, tokens};
        std::vector<float> out(tokens * width), one(width);
        attention(input, {out.data(), nullptr, width});
        double most = 0;
        for (std::size_t i = 0; i < out.size(); ++i)
            most = std::max(most, std::abs(out[i] - expected[i]));
        QVERIFY2(most < (numbers == Numbers::Float ? 1e-5 : 0.03), qPrintable(QString::number(most)));
        std::vector<std::uint16_t> rounded(tokens * width), outBrain(tokens * width);
        attention(input, {nullptr, outBrain.data(), width});
        plainPasses().toBrain(out.data(), out.size(), rounded.data());
        QCOMPARE(outBrain, rounded);
        // A query alone gets the same bits.
        for (const std::size_t query : {std::size_t{0}, std::size_t{17}, tokens - 1}) {
            AttentionInput alone = input;
            alone.queries = rows + query * stride * entry;
            alone.queryCount = 1;
            attention(alone, {one.data(), nullptr, width});
            QVERIFY(std::memcmp(one.data(), &out[query * width], width * sizeof(float)) == 0);
        }
    }
}

void KernelsTest::wholeModel_data()
{
    QTest::addColumn<int>("level");
    QTest::addColumn<int>("numbers");
    QTest::addColumn<bool>("gated");
    QTest::addColumn<bool>("patchMean");
    constexpr const char* names[] = {"fp32", "bf16", "int8"};
    for (const Level level : levelsUpTo(Level::Amx)) {
        for (int numbers = 0; numbers < 3; ++numbers) {
            for (const bool other : {false, true})
                QTest::addRow("%s, %s%s", std::string(levelName(level)).c_str(), names[numbers],
                              other ? ", gated, all tokens" : "")
                    << static_cast<int>(level) << numbers << other << other;
        }
    }
}

/// Near the plain kernels in fp32, and for every picture the same bits alone, in full batches at any place, and in a
/// part of a batch.
void KernelsTest::wholeModel()
{
    FETCH_LEVEL(kernels);
    QFETCH(const int, numbers);
    QFETCH(const bool, gated);
    QFETCH(const bool, patchMean);
    if (kernels.tile(static_cast<Numbers>(numbers)).compute == nullptr)
        QSKIP("this level has no products of that type");
    constexpr std::size_t batch = 9;
    const auto pictures = smallPictures(batch);
    std::vector<const std::uint8_t*> all;
    for (const auto& picture : pictures)
        all.push_back(picture.data());

    const Vit plain = smallVit(kernelsOf(Level::Plain), Numbers::Float, gated, patchMean);
    const auto expected = logitsOf(*std::make_unique<VitRun>(plain, batch), all);
    const Vit vit = smallVit(kernels, static_cast<Numbers>(numbers), gated, patchMean);
    VitRun run(vit, batch);
    const auto ours = logitsOf(run, all);
    const double difference = largestDifference(ours, expected);
    qInfo("largest difference %.1e", difference);
    QVERIFY(difference < (numbers == 0 ? 3e-5 : 0.15));

    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{5}, batch}) {
        for (std::size_t turn = 0; turn < batch; ++turn) {
            std::vector<const std::uint8_t*> some;
            for (std::size_t place = 0; place < size; ++place)
                some.push_back(all[(place * 4 + turn) % batch]);
            const auto logits = logitsOf(run, some);
            for (std::size_t place = 0; place < size; ++place)
                QVERIFY(std::memcmp(&logits[place * 7], &ours[(place * 4 + turn) % batch * 7], 7 * sizeof(float)) == 0);
        }
    }
}

QTEST_GUILESS_MAIN(KernelsTest)
#include "tst_kernels.moc"
