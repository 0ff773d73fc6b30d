// SPDX-License-Identifier: GPL-3.0-or-later
// How many results a second the store commits, beside its baseline in the same run: one row a transaction. Also with a
// reader that pages through them, how large the log becomes, and how long seal, CSV and opening take.
#include "app/store/sqlite_store.h"
#include "shared/base/limits.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename T>
T check(Result<T> result)
{
    if (!result)
        throw std::runtime_error(describe(result.error()));
    return std::move(*result);
}

void check(const Result<void>& result)
{
    if (!result)
        throw std::runtime_error(describe(result.error()));
}

RunId makeRun(Store& store, std::uint32_t items)
{
    RunRecord run;
    run.uid = std::to_string(Clock::now().time_since_epoch().count());
    run.dataPath = "/data";
    run.modelPath = "/model";
    run.createdAt = 1;
    for (int i = 0; i < 1000; ++i)
        run.labels.push_back("label number " + std::to_string(i));
    run.id = check(store.writer().createRun(run));
    const auto start = Clock::now();
    std::vector<ItemRecord> batch;
    for (std::uint32_t i = 0; i < items; ++i) {
        ItemRecord item;
        item.id = ItemId(i);
        item.path = "n0" + std::to_string(1000000 + i % 1000) + "/picture_" + std::to_string(i) + ".jpg";
        item.bytes = 110'000 + i % 1000;
        item.headHash.fill(static_cast<std::uint8_t>(i + 1));
        item.expected = "n0" + std::to_string(1000000 + i % 1000);
        item.expectedLabel = i % 1000;
        batch.push_back(std::move(item));
        if (batch.size() == 1000 || i + 1 == items)
            store.writer().addItems(run.id, std::exchange(batch, {}));
    }
    check(store.writer().flush());
    std::printf("items            %9.0f rows/s\n", items / secondsSince(start));
    run.state = RunState::Running;
    run.planned = items;
    run.scanComplete = true;
    store.writer().updateRun(run);
    return run.id;
}

ResultRow makeRow(std::uint32_t i)
{
    ResultRow row;
    row.item = ItemId(i);
    for (std::uint32_t k = 0; k < limits::topK; ++k)
        row.top.push_back({(i + k) % 1000, (0.3f + static_cast<float>(i % 701) * 1e-3f) / static_cast<float>(k + 1)});
    row.node = "local-" + std::to_string(1 + i / 64 % 4);
    row.device = "cpu";
    row.backend = "torch";
    row.precision = "fp32";
    row.decodeMicros = 1234;
    row.inferenceMicros = 34567;
    row.finishedAt = 1'700'000'000'000 + i;
    row.correct = i % 3 != 0;
    return row;
}

/// Waits until a number of rows has been acknowledged.
class Acknowledged
{
public:
    explicit Acknowledged(Store& store)
    {
        store.writer().setCallbacks(
            {[this](std::vector<std::uint64_t> tokens) {
                 std::lock_guard lock(m_mutex);
                 m_count += tokens.size();
                 m_changed.notify_all();
             },
             [](const Error& error) { std::printf("trouble: %s\n", describe(error).c_str()); }});
    }
    void wait(std::uint64_t count)
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return m_count >= count; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::uint64_t m_count = 0;
};

/// `inFlight`: rows sent and not yet acknowledged, as the engine has them.
double commitRate(Store& store, RunId run, std::uint32_t rows, std::uint32_t inFlight)
{
    constexpr std::uint32_t together = 8; // as an agent sends them
    Acknowledged acknowledged(store);
    const auto start = Clock::now();
    for (std::uint32_t i = 0; i < rows; i += together) {
        if (i >= inFlight)
            acknowledged.wait(i - inFlight + 1);
        std::vector<ResultRow> message;
        for (std::uint32_t k = i; k < std::min(i + together, rows); ++k)
            message.push_back(makeRow(k));
        store.writer().addResults(run, i, std::move(message));
    }
    acknowledged.wait(rows);
    const double seconds = secondsSince(start);
    store.writer().setCallbacks({});
    return rows / seconds;
}

double baselineRate(Store& store, RunId run, std::uint32_t rows)
{
    const auto start = Clock::now();
    for (std::uint32_t i = 0; i < rows; ++i) {
        store.writer().addResult(run, i, makeRow(i));
        check(store.writer().flush());
    }
    return rows / secondsSince(start);
}

/// The best of three, in milliseconds.
double numbersOf(StoreReader& reader, RunId run, const ResultFilter& filter, std::size_t& found)
{
    double best = 0;
    for (int round = 0; round < 3; ++round) {
        const auto start = Clock::now();
        found = check(reader.matchingItems(run, filter, std::nullopt)).size();
        const double ms = secondsSince(start) * 1e3;
        best = round == 0 ? ms : std::min(best, ms);
    }
    return best;
}

/// Ranges of scores and nodes by their postings, beside the same range read row by row: between two percents there are
/// no postings.
void measureFilters(StoreReader& reader, RunId run)
{
    std::size_t found = 0;
    ResultFilter rows;
    rows.minScore = 0.300001;
    rows.maxScore = 0.6;
    const double baseline = numbersOf(reader, run, rows, found);
    std::printf("score, by rows   %9.1f ms (baseline)\n", baseline);
    ResultFilter score, all, node;
    score.minScore = 0.3;
    score.maxScore = 0.6;
    all.minScore = 0.01;
    node.nodes = {"local-2"};
    for (const auto& [name, filter] :
         {std::pair{"score 0.3 to 0.6", score}, {"score from 0.01", all}, {"node", node}}) {
        const double ms = numbersOf(reader, run, filter, found);
        std::printf("%-16s %9.1f ms (%zu rows), %.1f times as fast\n", name, ms, found, baseline / ms);
    }
}

void measure(std::uint32_t rows, const fs::path& folder)
{
    const fs::path file = folder / "bench.db";
    {
        auto store = check(openStore(file, OpenMode::ReadWrite));
        const std::uint32_t baselineRows = std::min<std::uint32_t>(rows, 2000);
        const double baseline = baselineRate(*store, makeRun(*store, baselineRows), baselineRows);
        const RunId alone = makeRun(*store, rows);
        const double rate = commitRate(*store, alone, rows, 16384);
        std::printf(
            "one a transaction %8.0f rows/s (baseline)\nresults          %9.0f rows/s, %.0f times the baseline\n",
            baseline, rate, rate / baseline);

        const RunId read = makeRun(*store, rows);
        std::atomic<bool> stop{false};
        std::uint64_t pages = 0;
        std::uintmax_t largestLog = 0;
        std::thread reader([&] {
            auto connection = check(store->openReader());
            std::optional<ItemId> after;
            while (!stop) {
                const auto page = check(connection->results(read, {}, after, 200));
                after = page.size() < 200 ? std::nullopt : std::optional(page.back().item.id);
                ++pages;
                std::error_code ignored;
                largestLog = std::max(largestLog, fs::file_size(file.string() + "-wal", ignored));
            }
        });
        const double withReader = commitRate(*store, read, rows, 16384);
        stop = true;
        reader.join();
        std::printf("beside a reader  %9.0f rows/s, %llu pages of 200 read, log at most %.1f MB\n", withReader,
                    static_cast<unsigned long long>(pages), static_cast<double>(largestLog) / 1e6);
        auto start = Clock::now();
        const Seal seal = check(store->writer().sealRun(read));
        std::printf("seal             %9.3f s, holds: %s\n", secondsSince(start), seal.holds() ? "yes" : "NO");
        start = Clock::now();
        check(store->writer().finishIndexes());
        std::printf("indexes          %9.3f s, while others may write\n", secondsSince(start));
        auto connection = check(store->openReader());
        start = Clock::now();
        ResultFilter wrong;
        wrong.correct = false;
        wrong.labels = {"label number 7"};
        const auto count = check(connection->countResults(read, wrong));
        std::printf("count by filter  %9.1f ms (%llu rows)\n", secondsSince(start) * 1e3,
                    static_cast<unsigned long long>(count));
        measureFilters(*connection, read);
        start = Clock::now();
        const auto exported = check(connection->exportCsv(read, {}, folder / "bench.csv", {}));
        std::printf("CSV              %9.0f rows/s\n", static_cast<double>(exported) / secondsSince(start));
    }
    const auto start = Clock::now();
    auto again = check(openStore(file, OpenMode::ReadWrite));
    check(again->openReader());
    std::printf("opening          %9.1f ms, file %.0f bytes a row\n", secondsSince(start) * 1e3,
                static_cast<double>(fs::file_size(file)) / (2.0 * rows));
}

} // namespace

int main(int argc, char** argv)
{
    const auto rows = static_cast<std::uint32_t>(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200'000);
    std::string folder = (fs::path(argc > 2 ? argv[2] : fs::temp_directory_path().c_str()) / "vitfleet-bench-XXXXXX");
    int status = 0;
    try {
        if (rows == 0 || !::mkdtemp(folder.data()))
            throw std::runtime_error("usage: bench_store [ROWS] [FOLDER]");
        measure(rows, folder);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "%s\n", exception.what());
        status = 1;
    }
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return status;
}
