// SPDX-License-Identifier: GPL-3.0-or-later
// vitfleet-bench-fleet [--agents N] [--items N] [--ms TIME] [--mode bytes|paths|large] [--reader]
// One real application, and agents that only take their time.
#include "tests/chaos/lab.h"
#include "tests/stand_in/data.h"
#include "tests/stand_in/stand_in_fleet.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <sstream>

using namespace vitfleet;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Usage
{
    double cpuSeconds = 0;
    double residentMiB = 0;
    std::size_t descriptors = 0;
};

Usage usageOf(pid_t process)
{
    const std::string folder = "/proc/" + std::to_string(process);
    std::ifstream stat(folder + "/stat");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    std::istringstream rest(text.substr(std::min(text.size(), text.rfind(')') + 2)));
    std::string skipped;
    for (int field = 3; field < 14; ++field)
        rest >> skipped;
    double user = 0, system = 0;
    rest >> user >> system;
    for (int field = 16; field < 24; ++field)
        rest >> skipped;
    double pages = 0;
    rest >> pages;
    Usage usage;
    usage.cpuSeconds = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    usage.residentMiB = pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
    std::error_code error;
    for (fs::directory_iterator entry(folder + "/fd", error), end; !error && entry != end; entry.increment(error))
        ++usage.descriptors;
    return usage;
}

double logMiB(const fs::path& database)
{
    std::error_code error;
    const auto bytes = fs::file_size(database.string() + "-wal", error);
    return error ? 0 : static_cast<double>(bytes) / (1 << 20);
}

/// Looks at a page of a hundred rows, somewhere, as a person who scrolls does.
void readPage(const fs::path& database, std::uint64_t from)
{
    sqlite3* db = nullptr;
    if (::sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK) {
        const std::string sql = "SELECT * FROM item i LEFT JOIN result r ON r.run=i.run AND r.item=i.item WHERE i.run=1"
                                " AND i.item>=" +
                                std::to_string(from) + " ORDER BY i.item LIMIT 100";
        ::sqlite3_exec(
            db, sql.c_str(), [](void*, int, char**, char**) { return 0; }, nullptr, nullptr);
    }
    ::sqlite3_close(db);
}

void ratio(const char* name, double value, double baseline, const char* unit, const char* better)
{
    std::printf("%-34s %10.3f %-8s %6.2f x of %g (%s is better)\n", name, value, unit, value / baseline, baseline,
                better);
}

struct Wanted
{
    unsigned agents = 1000;
    std::uint32_t items = 500'000;
    double milliseconds = 100;
    std::string mode = "bytes";
    bool reader = false;
    bool keep = false;
};

int measure(const Wanted& wanted, chaos::Network& network)
{
    chaos::Lab::Options options;
    options.agents = 0;
    options.items = wanted.items;
    chaos::Lab lab(network, options);
    const fs::path data = lab.folder() / "data";
    if (wanted.mode == "bytes")
        test::writeIdx(data, wanted.items);
    else
        test::writeFolder(data, wanted.items, wanted.mode == "large" ? 40'000 : 1'000);
    lab.setData(data);
    if (wanted.keep)
        lab.keepFolder();
    test::StandInFleet fleet(
        std::vector<test::StandInSettings>(
            wanted.agents, {.millisecondsPerItem = wanted.milliseconds, .seesFiles = wanted.mode == "paths"}),
        lab.applicationKey().publicKey());
    lab.setAgentLines(fleet.addressLines());
    lab.startRun();
    const auto patience =
        std::chrono::seconds(120 + static_cast<int>(2 * wanted.items * wanted.milliseconds / 1000 / wanted.agents));
    if (!lab.pump([&] { return lab.committed() > 0; }, 300s)) {
        std::printf("no row came\n%s", lab.tail("application.log").c_str());
        for (std::size_t i = lab.lines().size() - std::min<std::size_t>(lab.lines().size(), 5); i < lab.lines().size();
             ++i)
            std::printf("    %s\n", lab.lines()[i].json.dump().substr(0, 300).c_str());
        return 1;
    }
    const Usage begin = usageOf(lab.applicationPid());
    const std::uint64_t before = lab.committed();
    Usage last = begin;
    double largestLog = 0, atTenth = 0, largest = 0, largestLate = 0;
    auto next = chaos::Clock::now();
    std::uint64_t page = 0;
    lab.pump(
        [&] {
            if (wanted.reader)
                readPage(lab.database(), page = (page + 7919) % wanted.items);
            if (chaos::Clock::now() < next)
                return false;
            next += 250ms;
            const Usage now = usageOf(lab.applicationPid());
            if (now.cpuSeconds == 0 || lab.done() == 0)
                return false;
            last = now;
            const double part = static_cast<double>(lab.done()) / wanted.items;
            largestLog = std::max(largestLog, logMiB(lab.database()));
            largest = std::max(largest, now.residentMiB);
            if (part >= 0.1 && atTenth == 0)
                atTenth = now.residentMiB;
            if (part >= 0.9)
                largestLate = std::max(largestLate, now.residentMiB);
            return false;
        },
        patience);
    const auto times = fleet.times();
    const int code = lab.applicationExit().value_or(-1);
    const auto* end = lab.find("end", {});
    const bool sealed = end && end->json.value("seal", chaos::Json::object()).value("holds", false);
    const double took = std::chrono::duration<double>(times.lastResult - times.firstLease).count();
    const double ideal = wanted.items * wanted.milliseconds / 1000 / wanted.agents;
    const double cpu = 1e6 * (last.cpuSeconds - begin.cpuSeconds) / static_cast<double>(wanted.items - before);
    std::printf("%u agents, %u items, %g ms each, %s%s: exit code %d, seal %s\n", wanted.agents, wanted.items,
                wanted.milliseconds, wanted.mode.c_str(), wanted.reader ? ", with a reader" : "", code,
                sealed ? "holds" : "DOES NOT HOLD");
    ratio("efficiency (ideal over real time)", ideal / took, 0.97, "", "more");
    ratio("engine's CPU per image", cpu, wanted.mode == "large" ? 80 : 12, "us", "less");
    ratio("memory at 90 % over that at 10 %", largestLate / std::max(1.0, atTenth), 1, "", "less");
    std::printf("%-34s %10.0f MiB at 10 %%, %.0f MiB most, %zu descriptors\n", "resident", atTenth, largest,
                last.descriptors);
    ratio("write-ahead log, most", largestLog, 64, "MiB", "less");
    std::printf("%-34s %10.0f images/s over %.1f s\n", "rate", wanted.items / took, took);
    return code == 0 && sealed ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    Wanted wanted;
    CLI::App app("A thousand agents that only take their time, and one real application.");
    app.add_option("--agents", wanted.agents);
    app.add_option("--items", wanted.items);
    app.add_option("--ms", wanted.milliseconds, "Time of an agent for an item");
    app.add_option("--mode", wanted.mode)->check(CLI::IsMember({"bytes", "paths", "large"}));
    app.add_flag("--reader", wanted.reader, "Page through the results meanwhile");
    app.add_flag("--keep", wanted.keep, "Keep the database");
    CLI11_PARSE(app, argc, argv);
    try {
        const auto network = chaos::makeLoopback(0);
        return measure(wanted, *network);
    } catch (const std::exception& error) {
        std::printf("%s\n", error.what());
        return 1;
    }
}
