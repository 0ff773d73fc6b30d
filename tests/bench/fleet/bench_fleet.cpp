// SPDX-License-Identifier: GPL-3.0-or-later
// vitfleet-bench-fleet [--agents N] [--items N] [--ms TIME] [--mode bytes|paths|large] [--reader] [--rounds N]
//     [--application VITFLEET-CLI]...
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
#include <map>
#include <sstream>
#include <vector>

using namespace vitfleet;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// What a process has used so far, by the kernel's count: its own user and system time, of all its threads. What the
/// stand-ins cost is another process's, and so is what the kernel does for their sends.
struct Usage
{
    double cpuSeconds = 0;
    std::map<std::string, double> byThread; ///< seconds, by the thread's name
    double residentMiB = 0;
    std::size_t descriptors = 0;
};

/// The fields of a `stat` file of /proc behind the name, from the third on.
std::vector<double> statFields(const fs::path& file)
{
    std::ifstream stat(file);
    const std::string text((std::istreambuf_iterator<char>(stat)), {});
    std::istringstream rest(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    std::string state;
    rest >> state;
    std::vector<double> fields{0};
    for (double value = 0; rest >> value;)
        fields.push_back(value);
    fields.resize(std::max<std::size_t>(fields.size(), 22));
    return fields;
}

double cpuSeconds(const std::vector<double>& fields)
{
    return (fields[11] + fields[12]) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Usage usageOf(pid_t process)
{
    const fs::path folder = "/proc/" + std::to_string(process);
    const std::vector<double> fields = statFields(folder / "stat");
    Usage usage;
    usage.cpuSeconds = cpuSeconds(fields);
    usage.residentMiB = fields[21] * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
    std::error_code error;
    for (fs::directory_iterator entry(folder / "fd", error), end; !error && entry != end; entry.increment(error))
        ++usage.descriptors;
    for (fs::directory_iterator entry(folder / "task", error), end; !error && entry != end; entry.increment(error)) {
        std::string name;
        std::getline(std::ifstream(entry->path() / "comm") >> std::ws, name);
        usage.byThread[name] += cpuSeconds(statFields(entry->path() / "stat"));
    }
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
    unsigned rounds = 1;
    std::vector<std::string> applications;
};

struct Figures
{
    bool isGood = false;
    double efficiency = 0;
    double cpu = 0;      ///< microseconds a picture between a tenth and nine tenths of them
    double wholeCpu = 0; ///< of the whole process, its start and its end too
    double memoryGrowth = 0, logMiB = 0;
};

void tellWhyNoRowCame(chaos::Lab& lab)
{
    const auto code = lab.applicationExit();
    std::printf("no row came: %s\n%s",
                code ? ("the application has ended with " + std::to_string(*code)).c_str() : "300 s have passed",
                lab.tail("application.log").c_str());
    std::map<std::string, int> states;
    for (const chaos::Json& node : lab.progress().value("nodes", chaos::Json::array()))
        ++states[node.value("state", "") + ", " + node.value("idle", "")];
    for (const auto& [state, nodes] : states)
        std::printf("    %d nodes: %s\n", nodes, state.c_str());
    const auto& lines = lab.lines();
    for (std::size_t i = lines.size() - std::min<std::size_t>(lines.size(), 5); i < lines.size(); ++i)
        std::printf("    %s\n", lines[i].json.dump().substr(0, 300).c_str());
}

Figures measure(const Wanted& wanted, const std::string& application, chaos::Network& network)
{
    chaos::Lab::Options options;
    options.agents = 0;
    options.items = wanted.items;
    if (!application.empty())
        options.application = application;
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
    Figures figures;
    if (!lab.pump([&] { return lab.done() > 0; }, 300s)) {
        tellWhyNoRowCame(lab);
        return figures;
    }
    // A figure a second comes with each line of progress: what was used until then belongs to it.
    struct Point
    {
        Usage usage;
        std::uint64_t done = 0;
    };
    Point tenth, late, last;
    double largest = 0, largestLate = 0;
    auto next = chaos::Clock::now();
    std::uint64_t page = 0;
    const auto patience =
        std::chrono::seconds(120 + static_cast<int>(2 * wanted.items * wanted.milliseconds / 1000 / wanted.agents));
    lab.pump(
        [&] {
            if (wanted.reader)
                readPage(lab.database(), page = (page + 7919) % wanted.items);
            if (chaos::Clock::now() < next && lab.done() == last.done)
                return false;
            next = chaos::Clock::now() + 250ms;
            const Point now{usageOf(lab.applicationPid()), lab.done()};
            if (now.usage.cpuSeconds == 0)
                return false;
            figures.logMiB = std::max(figures.logMiB, logMiB(lab.database()));
            largest = std::max(largest, now.usage.residentMiB);
            // Memory grows with the table of items until these have been found.
            const bool isWarm = lab.progress().value("scan_complete", false) && now.done >= wanted.items / 10;
            if (isWarm && tenth.done == 0)
                tenth = now;
            if (now.done != last.done && now.done <= wanted.items / 10 * 9)
                late = now;
            if (now.done >= wanted.items / 10 * 9)
                largestLate = std::max(largestLate, now.usage.residentMiB);
            last = now;
            return false;
        },
        patience);
    const auto times = fleet.times();
    const int code = lab.applicationExit().value_or(-1);
    const auto* end = lab.find("end", {});
    const bool sealed = end && end->json.value("seal", chaos::Json::object()).value("holds", false);
    const double took = std::chrono::duration<double>(times.lastResult - times.firstLease).count();
    const double ideal = wanted.items * wanted.milliseconds / 1000 / wanted.agents;
    const double pictures = std::max(1.0, static_cast<double>(late.done) - static_cast<double>(tenth.done));
    figures.isGood = code == 0 && sealed;
    figures.efficiency = ideal / took;
    figures.cpu = 1e6 * (late.usage.cpuSeconds - tenth.usage.cpuSeconds) / pictures;
    figures.wholeCpu = 1e6 * last.usage.cpuSeconds / wanted.items;
    figures.memoryGrowth = largestLate / std::max(1.0, tenth.usage.residentMiB);
    const double cpuGoal = wanted.mode == "large" ? 80 : 12;
    std::printf("%u agents, %u items, %g ms each, %s%s: exit code %d, seal %s\n", wanted.agents, wanted.items,
                wanted.milliseconds, wanted.mode.c_str(), wanted.reader ? ", with a reader" : "", code,
                sealed ? "holds" : "DOES NOT HOLD");
    ratio("efficiency (ideal over real time)", figures.efficiency, 0.97, "", "more");
    ratio("application's CPU per picture", figures.cpu, cpuGoal, "us", "less");
    for (const auto& [name, seconds] : late.usage.byThread) {
        const auto before = tenth.usage.byThread.find(name);
        const double used = seconds - (before == tenth.usage.byThread.end() ? 0 : before->second);
        if (1e6 * used / pictures >= 0.1)
            std::printf("    %-30s %10.3f us\n", name.c_str(), 1e6 * used / pictures);
    }
    ratio("the same with its start and its end", figures.wholeCpu, cpuGoal, "us", "less");
    ratio("memory at 90 % over that at 10 %", figures.memoryGrowth, 1, "", "less");
    std::printf("%-34s %10.0f MiB at 10 %%, %.0f MiB most, %zu descriptors\n", "resident", tenth.usage.residentMiB,
                largest, late.usage.descriptors);
    ratio("write-ahead log, most", figures.logMiB, 64, "MiB", "less");
    std::printf("%-34s %10.0f images/s over %.1f s, of which an agent waited %.2f s for its first lease and %.2f s"
                " for the others at the end\n",
                "rate", wanted.items / took, took, times.waited, times.idle);
    return figures;
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values.empty() ? 0 : values[values.size() / 2];
}

/// One application after the other in each round, so that a slow moment of the machine meets all of them.
int measureAll(const Wanted& wanted, chaos::Network& network)
{
    std::vector<std::vector<Figures>> all(wanted.applications.size());
    bool isGood = true;
    for (unsigned round = 0; round < wanted.rounds; ++round) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!wanted.applications[i].empty())
                std::printf("%s\n", wanted.applications[i].c_str());
            all[i].push_back(measure(wanted, wanted.applications[i], network));
            isGood = isGood && all[i].back().isGood;
        }
    }
    for (std::size_t i = 1; i < all.size(); ++i) {
        std::vector<double> cpu, wholeCpu, efficiency;
        for (unsigned round = 0; round < wanted.rounds; ++round) {
            const Figures &first = all.front()[round], &other = all[i][round];
            if (!first.isGood || !other.isGood)
                continue;
            cpu.push_back(first.cpu / std::max(1e-9, other.cpu));
            wholeCpu.push_back(first.wholeCpu / std::max(1e-9, other.wholeCpu));
            efficiency.push_back(other.efficiency / std::max(1e-9, first.efficiency));
        }
        std::printf(
            "%s against the first, medians of %zu good rounds: CPU per picture %.2f times less, with start and end "
            "%.2f times less, efficiency %.3f times\n",
            wanted.applications[i].c_str(), cpu.size(), median(cpu), median(wholeCpu), median(efficiency));
    }
    return isGood ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ); // so that what was seen is there if it is ended
    Wanted wanted;
    CLI::App app("A thousand agents that only take their time, and one real application.");
    app.add_option("--agents", wanted.agents);
    app.add_option("--items", wanted.items);
    app.add_option("--ms", wanted.milliseconds, "Time of an agent for an item");
    app.add_option("--mode", wanted.mode)->check(CLI::IsMember({"bytes", "paths", "large"}));
    app.add_flag("--reader", wanted.reader, "Page through the results meanwhile");
    app.add_flag("--keep", wanted.keep, "Keep the database");
    app.add_option("--rounds", wanted.rounds)->check(CLI::PositiveNumber);
    app.add_option("--application", wanted.applications,
                   "vitfleet-cli to measure; several are measured in turn and compared with the first");
    CLI11_PARSE(app, argc, argv);
    if (wanted.applications.empty())
        wanted.applications.emplace_back();
    try {
        const auto network = chaos::makeLoopback(0);
        return measureAll(wanted, *network);
    } catch (const std::exception& error) {
        std::printf("%s\n", error.what());
        return 1;
    }
}
