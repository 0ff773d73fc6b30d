// SPDX-License-Identifier: GPL-3.0-or-later
// P16b: the database's disk fails in mid-run, in every way that it can be seen to, and comes back, or the application
// is killed meanwhile.
#include "tests/chaos/scenario.h"

#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace vitfleet::chaos {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::uint32_t items = 10'000;

struct Failing
{
    const char* what;
    const char* code;
    std::string calls; ///< VITFLEET_CHAOS_STORAGE of preload.cpp; empty: the folder is moved away
};

const std::vector<Failing>& kinds()
{
    const auto calls = [](const char* call, int error) { return std::string(call) + " " + std::to_string(error); };
    static const std::vector<Failing> all = {{"I/O errors of writes", "E_DB_WRITE", calls("write", EIO)},
                                             {"I/O errors of syncs", "E_DB_WRITE", calls("sync", EIO)},
                                             {"no space", "E_DB_FULL", calls("write", ENOSPC)},
                                             {"no quota", "E_DB_FULL", calls("write", EDQUOT)},
                                             {"read-only", "E_DB_READ_ONLY", calls("write", EROFS)},
                                             {"taken away", "E_DB_GONE", ""}};
    return all;
}

/// What the application's preloaded library reads.
class Control
{
public:
    Control() : m_file(fs::temp_directory_path() / ("vitfleet-storage-" + std::to_string(::getpid()))) { set(""); }
    ~Control()
    {
        std::error_code ignored;
        fs::remove(m_file, ignored);
    }
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;
    void set(const std::string& calls) const { std::ofstream(m_file, std::ios::trunc) << calls << std::flush; }
    std::vector<std::string> environment() const
    {
        return {"LD_PRELOAD=" VITFLEET_PRELOAD, "VITFLEET_CHAOS_STORAGE=" + m_file.string()};
    }

private:
    fs::path m_file;
};

class Storage
{
public:
    Storage(const Setting& setting, Report& report)
        : m_setting(setting), m_report(report), m_lab(setting.network, options(setting, m_control))
    {
    }

    /// Each kind once, one of them with a kill, and another one at the very end. False where something was wrong.
    bool run(Random& random)
    {
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < kinds().size(); ++i)
            order.insert(order.begin() + static_cast<std::ptrdiff_t>(random.below(order.size() + 1)), i);
        const std::size_t killed = random.below(order.size());
        m_lab.startRun();
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (!moreRows() || !fail(kinds()[order[i]], i == killed, random))
                return false;
            m_lab.pumpFor(std::chrono::milliseconds(random.between(0, 300)));
        }
        // What is left cannot be written, nor the seal.
        if (!m_lab.pump([&] { return m_lab.committed() > items - 400; }, 60s))
            return wrong("the run does not go on");
        if (!fail(kinds()[random.below(kinds().size())], false, random))
            return false;
        if (m_lab.finish(60s) != 0)
            return wrong("the run does not end well");
        checkExact(m_lab, m_report, "after a failing disk");
        return m_report.failures.empty();
    }

    std::vector<double> told, wentOn;

private:
    static Lab::Options options(const Setting& setting, const Control& control)
    {
        auto result = labOptions(setting, 4, items, R"({"ms_per_item": 8})");
        result.environment = control.environment();
        return result;
    }
    bool wrong(const std::string& what)
    {
        m_report.fail(what);
        showFailure(m_lab, what);
        return false;
    }
    bool moreRows(std::chrono::milliseconds limit = 30s)
    {
        const auto before = m_lab.committed();
        return m_lab.pump([&] { return m_lab.committed() > before || m_lab.committed() == items; }, limit) ||
               wrong("no row came");
    }
    void begin(const Failing& kind)
    {
        m_control.set(kind.calls);
        if (kind.calls.empty())
            fs::rename(folder(), elsewhere());
    }
    void end(const Failing& kind)
    {
        m_control.set("");
        if (kind.calls.empty())
            fs::rename(elsewhere(), folder());
    }
    bool fail(const Failing& kind, bool withKill, Random& random)
    {
        say(std::string("  ") + kind.what + (withKill ? ", and a kill" : ""));
        ++m_report.trials;
        const std::size_t from = m_lab.lines().size();
        begin(kind);
        const auto begun = Clock::now();
        const Line* trouble = nullptr;
        m_lab.pump([&] { return (trouble = troubleSince(from)) != nullptr; }, 10s);
        if (!trouble || trouble->errorCode() != kind.code) {
            const std::string code = trouble ? trouble->errorCode() : "nothing";
            end(kind);
            return wrong(std::string(kind.what) + ": " + code + " was told");
        }
        told.push_back(seconds(trouble->at - begun));
        m_report.expectTime(m_setting, told.back() <= 1,
                            std::string(kind.what) + ": told after " + std::to_string(told.back()) + " s");
        m_lab.pumpFor(std::chrono::milliseconds(random.between(100, 1000)));
        if (withKill)
            m_lab.killApplication();
        end(kind);
        if (withKill)
            m_lab.resumeRun();
        const auto ended = Clock::now();
        if (!moreRows())
            return false;
        const double took = seconds(Clock::now() - ended);
        m_report.expectTime(m_setting, took <= 5,
                            std::string(kind.what) + ": goes on after " + std::to_string(took) + " s");
        if (!withKill)
            wentOn.push_back(took);
        return true;
    }
    const Line* troubleSince(std::size_t from) const
    {
        // The one before may be told to be over only now.
        const auto& lines = m_lab.lines();
        for (std::size_t i = from; i < lines.size(); ++i) {
            if (lines[i].event() == "store_trouble" && !lines[i].errorCode().empty())
                return &lines[i];
        }
        return nullptr;
    }
    fs::path folder() const { return m_lab.database().parent_path(); }
    fs::path elsewhere() const { return m_lab.folder() / "elsewhere"; }

    const Setting& m_setting;
    Report& m_report;
    Control m_control;
    Lab m_lab;
};

} // namespace

Report failingStorage(const Setting& setting)
{
    Report report("P16b");
    std::vector<double> told, wentOn;
    Random random(setting.seed);
    const unsigned rounds = setting.amount ? setting.amount : 1;
    for (unsigned round = 0; round < rounds; ++round) {
        Storage storage(setting, report);
        const bool good = storage.run(random);
        told.insert(told.end(), storage.told.begin(), storage.told.end());
        wentOn.insert(wentOn.end(), storage.wentOn.begin(), storage.wentOn.end());
        if (!good)
            break;
    }
    report.spread("told after", told, "s", 2);
    report.spread("goes on after", wentOn, "s", 2);
    return report;
}

} // namespace vitfleet::chaos
