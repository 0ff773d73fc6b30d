// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/precision_choice.h"

#include "app/core/text.h"
#include "shared/digest/digest.h"
#include "shared/protocol/precision_names.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace vitfleet::app {
namespace {

const std::string full = "fp32";

/// Above every lease of a scheduler, whose numbers are times.
constexpr std::uint64_t checkBit = std::uint64_t{1} << 62;
constexpr std::uint32_t crashesAllowed = 2; ///< an agent may also end for reasons of its own

std::string deviceType(const std::string& device)
{
    return device.substr(0, device.find(':'));
}

/// "8 × NVIDIA L4" is "NVIDIA L4": how many there are changes no result.
std::string gpuModel(const std::string& gpu)
{
    constexpr std::string_view times = " × ";
    const auto found = gpu.find(times);
    const bool counted = found != std::string::npos && gpu.find_first_not_of("0123456789") == found;
    return counted ? gpu.substr(found + times.size()) : gpu;
}

/// The same agreement against this run's floor; nothing where it says too little.
std::optional<PrecisionVerdict> judge(const PrecisionCheck& known, double floor)
{
    if (known.compared == 0)
        return std::nullopt;
    const text::Interval interval = text::wilson(known.agreed, known.compared);
    if (interval.high < floor)
        return PrecisionVerdict::Rejected;
    if (interval.low >= floor || known.compared >= canary::largestSample)
        return PrecisionVerdict::Admitted;
    // A sample that could not grow: enough for the floor that it was held against, or a lower one.
    if (known.verdict == PrecisionVerdict::Admitted && known.floor >= floor)
        return PrecisionVerdict::Admitted;
    return std::nullopt;
}

} // namespace

std::string kindText(const Node& node)
{
    const std::string type = deviceType(node.ready.device);
    std::string text = node.ready.backendVersion + ", " + type + " " + node.ready.deviceName;
    if (type == "cuda" && !node.welcome.gpu.empty()) // LibTorch does not tell one GPU from another
        text += " " + gpuModel(node.welcome.gpu);
    if (!node.welcome.software.empty())
        text += ", " + node.welcome.software;
    return text;
}

bool PrecisionChoice::isCheck(LeaseId lease)
{
    return (lease.value & checkBit) != 0;
}

PrecisionChoice::PrecisionChoice(const RunRecord& run, Host host, const TimeSource& time)
    : m_precision(run.precision), m_floor(run.precisionFloor), m_outputs(static_cast<std::uint32_t>(run.labels.size())),
      m_before(run.precisionChecks), m_firstLease(checkBit | (static_cast<std::uint64_t>(run.leaseEpoch) << 16)),
      m_nextLease(m_firstLease), m_host(std::move(host)), m_time(time)
{
}

const PrecisionChoice::Kind* PrecisionChoice::findKind(const Node& node) const
{
    const auto found = m_kinds.find(node.kind);
    return found == m_kinds.end() ? nullptr : &found->second;
}

PrecisionChoice::Kind* PrecisionChoice::findKind(const Node& node)
{
    const auto found = m_kinds.find(node.kind);
    return found == m_kinds.end() ? nullptr : &found->second;
}

std::vector<std::string> PrecisionChoice::candidatesOf(const Node& node) const
{
    if (m_precision != "auto")
        return {m_precision};
    std::vector<std::string> candidates;
    for (const protocol::Precision precision : node.ready.precisions) {
        if (precision == protocol::Precision::Fp32)
            break; // what comes after it is no faster
        candidates.emplace_back(protocol::precisionName(precision));
    }
    return candidates;
}

PrecisionChoice::Kind& PrecisionChoice::kindOf(Node& node)
{
    const std::string text = kindText(node);
    node.kind = digest::toHex(digest::sha256(std::as_bytes(std::span(text))));
    auto [place, isNew] = m_kinds.try_emplace(node.kind);
    Kind& kind = place->second;
    if (isNew) {
        kind.key = node.kind;
        kind.text = text;
        kind.candidates = candidatesOf(node);
        recall(kind);
    }
    return kind;
}

/// What was decided before this process went on with the run.
void PrecisionChoice::recall(Kind& kind)
{
    for (const PrecisionCheck& check : m_before) {
        if (check.kind != kind.key)
            continue;
        kind.decided.push_back(check);
        if (check.verdict == PrecisionVerdict::Admitted)
            kind.chosen = check.precision;
        else
            std::erase(kind.candidates, check.precision);
    }
    if (!kind.chosen && kind.candidates.empty() && !kind.decided.empty())
        kind.chosen = full;
}

/// An earlier run's check of this model, kind and precision, with at least as many pictures as this run would take.
const PrecisionCheck* PrecisionChoice::findKnown(const Kind& kind, const std::string& candidate) const
{
    const std::uint32_t needed = canary::sampleOf(m_host.items().value_or(canary::shortRun));
    const auto found = std::ranges::find_if(m_known, [&](const PrecisionCheck& check) {
        return check.kind == kind.key && check.precision == candidate && check.compared > 0 && check.sample >= needed;
    });
    return found == m_known.end() ? nullptr : &*found;
}

void PrecisionChoice::decide(Kind& kind, PrecisionCheck check)
{
    check.kind = kind.key;
    check.kindText = kind.text;
    check.at = m_time.unixMs();
    if (check.verdict == PrecisionVerdict::Admitted)
        kind.chosen = check.precision;
    kind.decided.push_back(check);
    m_host.decided(check);
}

/// Begins the check of a kind once enough items are known; or ends it where nothing is to be checked.
void PrecisionChoice::start(Kind& kind)
{
    const auto items = m_host.items();
    if (!items || kind.chosen || kind.canary)
        return;
    if (kind.candidates.empty()) {
        PrecisionCheck check;
        check.precision = full;
        check.verdict = PrecisionVerdict::Admitted;
        check.floor = m_floor;
        check.reason = "nothing is faster on this device";
        decide(kind, std::move(check));
        return;
    }
    while (!kind.candidates.empty()) {
        const PrecisionCheck* known = findKnown(kind, kind.candidates.front());
        const auto verdict = known ? judge(*known, m_floor) : std::nullopt;
        if (!verdict)
            break;
        PrecisionCheck check = *known;
        check.verdict = *verdict;
        check.floor = m_floor;
        kind.candidates.erase(kind.candidates.begin());
        decide(kind, std::move(check));
        if (kind.chosen)
            return;
    }
    if (kind.candidates.empty()) {
        kind.chosen = full;
        return;
    }
    kind.canary = std::make_unique<Canary>(Canary::Plan{kind.candidates, *items, m_floor, m_outputs}, m_host.pick);
    report(kind);
}

/// Hands on what the canary has concluded since the last time.
void PrecisionChoice::report(Kind& kind)
{
    if (!kind.canary)
        return;
    const std::vector<PrecisionCheck> checks = kind.canary->checks();
    while (kind.reported < checks.size() && checks[kind.reported].verdict != PrecisionVerdict::Checking) {
        decide(kind, checks[kind.reported++]);
        kind.crashes = 0;
    }
    if (kind.canary->isDecided()) {
        kind.chosen = kind.canary->precision();
        kind.canary.reset();
    }
}

std::string PrecisionChoice::openWith(const Node& node) const
{
    if (const Kind* kind = findKind(node))
        return kind->chosen ? *kind->chosen : kind->canary ? kind->canary->precision() : full;
    // Not known what it is: as all others, where these are of one mind. It saves loading the model twice.
    std::string guess;
    for (const auto& [key, kind] : m_kinds) {
        if (!kind.chosen || (!guess.empty() && guess != *kind.chosen))
            return full;
        guess = *kind.chosen;
    }
    if (!m_kinds.empty())
        return guess;
    for (const PrecisionCheck& check : m_before) {
        if (check.verdict == PrecisionVerdict::Admitted)
            guess = guess.empty() || guess == check.precision ? check.precision : full;
    }
    return guess.empty() ? full : guess;
}

bool PrecisionChoice::failed(Node& node, const Error& error)
{
    if (node.asked == full)
        return false;
    Kind* kind = findKind(node);
    if (!kind) {
        if (error.code != ErrorCode::Precision)
            return false;
        m_host.open(node, full); // the guess was wrong
        return true;
    }
    if (!kind->canary || kind->canary->precision() != node.asked)
        return false;
    kind->canary->unavailable(error);
    report(*kind);
    m_host.open(node, openWith(node));
    return true;
}

void PrecisionChoice::noteCrash(Kind& kind, const std::string& node)
{
    if (kind.canary->precision() == full || ++kind.crashes < crashesAllowed)
        return;
    kind.canary->unavailable({ErrorCode::NodeLost, node + ", and one before, while they computed in it"});
    report(kind);
}

void PrecisionChoice::gone(const Node& node)
{
    Kind* kind = findKind(node);
    if (!kind || !kind->canary)
        return;
    const bool busy = kind->canary->held(node.id) > 0 || (node.reopening && node.asked == kind->canary->precision());
    kind->canary->gone(node.id);
    if (busy)
        noteCrash(*kind, node.name);
}

void PrecisionChoice::givenBack(const Node& node)
{
    if (Kind* kind = findKind(node); kind && kind->canary)
        kind->canary->gone(node.id);
}

std::size_t PrecisionChoice::held(const Node& node) const
{
    const Kind* kind = findKind(node);
    return kind && kind->canary ? kind->canary->held(node.id) : 0;
}

PrecisionChoice::Use PrecisionChoice::answer(Node& node, const protocol::ResultItem& result)
{
    Kind* kind = findKind(node);
    const bool isFull = result.precision == protocol::Precision::Fp32;
    const bool isLabelled = result.error == ErrorCode::None;
    if (!kind || !kind->canary)
        return Use::Unwanted;
    // An answer of the stage before may still be on its way. What failed before it was computed names no precision.
    const std::string expected = kind->canary->precision();
    if (result.precision != protocol::Precision::Invalid && protocol::precisionName(result.precision) != expected)
        return Use::Unwanted;
    if (!kind->canary->answer(node.id, result.item, {result.error, result.errorDetail}, result.top))
        return Use::Unwanted;
    report(*kind);
    return isFull && isLabelled ? Use::Row : Use::Counted;
}

/// Gives the node pictures of its kind's sample, or opens it in the precision that they are wanted in.
void PrecisionChoice::serve(Kind& kind, Node& node, std::size_t participants)
{
    constexpr std::size_t most = 64;
    const std::string& wanted = kind.canary->precision();
    const std::size_t holds = kind.canary->held(node.id);
    if (protocol::precisionName(node.ready.precision) != wanted) {
        if (holds == 0)
            m_host.open(node, wanted);
        return;
    }
    // Two portions a node, so that it need not wait for the next while others finish.
    const std::size_t share = std::clamp<std::size_t>(kind.canary->waiting() / (2 * participants), 1, most);
    if (holds > share / 2)
        return;
    const std::vector<ItemId> items = kind.canary->take(node.id, static_cast<std::uint32_t>(share));
    if (!items.empty() && !m_host.lease(node, LeaseId(++m_nextLease), items))
        kind.canary->gone(node.id);
}

void PrecisionChoice::step(const Nodes& nodes, std::uint32_t nodesWanted, bool paused)
{
    std::size_t taking = static_cast<std::size_t>(
        std::ranges::count_if(nodes, [](const auto& entry) { return entry.second->phase == RunPhase::Working; }));
    std::map<std::string, std::vector<Node*>> waiting;
    for (const auto& [id, node] : nodes) {
        if (node->phase != RunPhase::Checking || node->reopening)
            continue;
        Kind& kind = kindOf(*node);
        start(kind);
        if (kind.chosen) {
            if (protocol::precisionName(node->ready.precision) == *kind.chosen)
                m_host.admit(*node);
            else
                m_host.open(*node, *kind.chosen);
        } else if (kind.canary && node->takesWork() && !paused && (nodesWanted == 0 || taking < nodesWanted)) {
            ++taking;
            waiting[kind.key].push_back(node.get());
        }
    }
    for (auto& [key, members] : waiting) {
        Kind& kind = m_kinds.at(key);
        for (Node* node : members) {
            if (kind.canary)
                serve(kind, *node, members.size());
        }
    }
}

std::vector<PrecisionCheck> PrecisionChoice::checks() const
{
    std::vector<PrecisionCheck> all;
    for (const auto& [key, kind] : m_kinds) {
        all.insert(all.end(), kind.decided.begin(), kind.decided.end());
        if (!kind.canary)
            continue;
        PrecisionCheck current = kind.canary->checks().back();
        current.kind = kind.key;
        current.kindText = kind.text;
        all.push_back(std::move(current));
    }
    return all;
}

} // namespace vitfleet::app
