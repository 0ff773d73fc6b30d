// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/text.h"

#include "shared/base/utf8.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace vitfleet::app::text {

namespace {

/// printf's formats without its locale: our texts always have a point.
std::string fixed(double value, int decimals)
{
    char digits[64];
    const auto result = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals);
    return {digits, result.ptr};
}

std::string twoDigits(std::int64_t value)
{
    return (value < 10 ? "0" : "") + std::to_string(value);
}

std::string groupDigits(std::string digits)
{
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

} // namespace

std::string_view name(RunState state)
{
    switch (state) {
    case RunState::Created:
        return "created";
    case RunState::Running:
        return "running";
    case RunState::Finished:
        return "finished";
    case RunState::Stopped:
        return "stopped";
    case RunState::Failed:
        return "failed";
    case RunState::Invalid:
        break;
    }
    return "unknown";
}

std::string_view name(NodeState state)
{
    switch (state) {
    case NodeState::Starting:
        return "starting";
    case NodeState::Connecting:
        return "connecting";
    case NodeState::Preparing:
        return "preparing";
    case NodeState::Online:
        return "online";
    case NodeState::Suspect:
        return "suspect";
    case NodeState::Draining:
        return "draining";
    case NodeState::Drained:
        return "drained";
    case NodeState::SetAside:
        return "set aside";
    case NodeState::Refused:
        return "refused";
    case NodeState::Lost:
        return "lost";
    case NodeState::Left:
        return "left";
    case NodeState::Stopped:
        return "stopped";
    case NodeState::Invalid:
        break;
    }
    return "unknown";
}

std::string_view name(IdleReason reason)
{
    switch (reason) {
    case IdleReason::None:
        return "";
    case IdleReason::NoRun:
        return "no run";
    case IdleReason::Scanning:
        return "waits for the scan";
    case IdleReason::NothingLeft:
        return "nothing left: the rest is with other nodes";
    case IdleReason::Paused:
        return "the run is paused";
    case IdleReason::NotSelected:
        return "the run uses fewer nodes";
    case IdleReason::LoadingModel:
        return "loads the model";
    case IdleReason::Draining:
        return "draining";
    case IdleReason::StoreBehind:
        return "waits for the database";
    case IdleReason::CheckingPrecision:
        return "waits for the check of the precision";
    }
    return "";
}

std::string_view name(EventKind kind)
{
    switch (kind) {
    case EventKind::RunCreated:
        return "run_created";
    case EventKind::RunStarted:
        return "run_started";
    case EventKind::RunPaused:
        return "run_paused";
    case EventKind::RunContinued:
        return "run_continued";
    case EventKind::RunStopped:
        return "run_stopped";
    case EventKind::RunFinished:
        return "run_finished";
    case EventKind::RunFailed:
        return "run_failed";
    case EventKind::RunResumed:
        return "run_resumed";
    case EventKind::NodeJoined:
        return "node_joined";
    case EventKind::NodeReady:
        return "node_ready";
    case EventKind::NodeSuspect:
        return "node_suspect";
    case EventKind::NodeLost:
        return "node_lost";
    case EventKind::NodeBack:
        return "node_back";
    case EventKind::NodeLeft:
        return "node_left";
    case EventKind::NodeRefused:
        return "node_refused";
    case EventKind::NodeDraining:
        return "node_draining";
    case EventKind::NodeSetAside:
        return "node_set_aside";
    case EventKind::NodeRestored:
        return "node_restored";
    case EventKind::ItemsRedispatched:
        return "items_redispatched";
    case EventKind::DuplicateRefused:
        return "duplicate_refused";
    case EventKind::ForeignResult:
        return "foreign_result";
    case EventKind::AccuracyNotShown:
        return "accuracy_not_shown";
    case EventKind::StoreTrouble:
        return "store_trouble";
    case EventKind::PrecisionAdmitted:
        return "precision_admitted";
    case EventKind::PrecisionRefused:
        return "precision_refused";
    case EventKind::Note:
        return "note";
    case EventKind::ResultDisputed:
        return "result_disputed";
    case EventKind::NodeOutvoted:
        return "node_outvoted";
    case EventKind::Audited:
        return "audited";
    case EventKind::Invalid:
        break;
    }
    return "unknown";
}

std::string errorMessage(const Error& error)
{
    if (error.code == ErrorCode::None)
        return {};
    std::string message(info(error.code).what);
    if (!error.detail.empty())
        message += " (" + error.detail + ")";
    return message;
}

namespace {

/// The event's sentence without its error and further facts.
std::string eventSentence(const EventRecord& event)
{
    const std::string node = event.node.empty() ? std::string("A node") : event.node;
    const std::string pictures = counted(event.count, "picture");
    switch (event.kind) {
    case EventKind::RunCreated:
        return "The run was created.";
    case EventKind::RunStarted:
        return event.count ? "The run started with " + pictures + "." : "The run started.";
    case EventKind::RunPaused:
        return "The run was paused.";
    case EventKind::RunContinued:
        return "The run goes on.";
    case EventKind::RunStopped:
        return "The run was stopped; it can be resumed.";
    case EventKind::RunFinished:
        return event.count ? "The run finished: " + pictures + "." : "The run finished.";
    case EventKind::RunFailed:
        return "The run could not go on; it can be resumed.";
    case EventKind::RunResumed:
        return event.count ? "The run was resumed; " + pictures + " were done already." : "The run was resumed.";
    case EventKind::NodeJoined:
        return node + " joined.";
    case EventKind::NodeReady:
        return node + " has loaded the model and takes work.";
    case EventKind::NodeSuspect:
        return node + ": a heartbeat is late.";
    case EventKind::NodeLost:
        return node + " was lost.";
    case EventKind::NodeBack:
        return node + " is back.";
    case EventKind::NodeLeft:
        return node + " left in good order.";
    case EventKind::NodeRefused:
        return node + " cannot be used.";
    case EventKind::NodeDraining:
        return node + " finishes what it has and takes nothing more.";
    case EventKind::NodeSetAside:
        return node + " was set aside for a while after errors.";
    case EventKind::NodeRestored:
        return node + " takes work again.";
    case EventKind::ItemsRedispatched:
        return pictures + " of " + (event.node.empty() ? "a node" : event.node) + " went back to the queue.";
    case EventKind::DuplicateRefused:
        return counted(event.count, "result") + " from " + node + " came a second time and changed nothing.";
    case EventKind::ForeignResult:
        return node + " sent " + counted(event.count, "result") + " that it was not asked for.";
    case EventKind::AccuracyNotShown:
        return "Accuracy is not shown.";
    case EventKind::StoreTrouble:
        return event.error.code == ErrorCode::None ? "The database can be written again."
                                                   : "The database cannot be written; results wait.";
    case EventKind::ResultDisputed:
        return "Two nodes disagree on a picture.";
    case EventKind::NodeOutvoted:
        return "Two nodes stand against " + (event.node.empty() ? "a node" : event.node) + ".";
    case EventKind::Audited:
        return "A second node labelled " + pictures + " as well.";
    case EventKind::PrecisionAdmitted:
    case EventKind::PrecisionRefused:
    case EventKind::Note:
    case EventKind::Invalid:
        break;
    }
    return {};
}

} // namespace

std::string eventText(const EventRecord& event)
{
    std::string text = eventSentence(event);
    if (text.empty())
        text = event.text;
    else if (!event.text.empty()) // "node-2 joined (10.0.0.2:47520)."
        text.insert(text.size() - (text.ends_with('.') ? 1 : 0), " (" + event.text + ")");
    if (event.error.code != ErrorCode::None)
        text += (text.empty() ? "" : " ") + describe(event.error);
    return printable(text);
}

std::string grouped(std::uint64_t count)
{
    return groupDigits(std::to_string(count));
}

std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural)
{
    std::string text = grouped(count) + ' ';
    if (count == 1)
        return text.append(singular);
    if (plural.empty())
        return text.append(singular) + 's';
    return text.append(plural);
}

std::string rate(double perSecond)
{
    if (!std::isfinite(perSecond) || perSecond < 0)
        return "0";
    if (perSecond < 9.995)
        return fixed(perSecond, 2);
    if (perSecond < 99.95)
        return fixed(perSecond, 1);
    return groupDigits(fixed(perSecond, 0));
}

std::string duration(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0)
        return "unknown";
    if (seconds < 9.95)
        return fixed(seconds, 1) + " s";
    const auto whole = static_cast<std::int64_t>(std::min(seconds + 0.5, 1e15));
    if (whole < 60)
        return std::to_string(whole) + " s";
    if (whole < 3600)
        return std::to_string(whole / 60) + " min " + twoDigits(whole % 60) + " s";
    if (whole < 86400)
        return std::to_string(whole / 3600) + " h " + twoDigits(whole / 60 % 60) + " min";
    return std::to_string(whole / 86400) + " d " + twoDigits(whole / 3600 % 24) + " h";
}

std::string utcTime(UnixMs time)
{
    // Rounds down also before 1970, so that the milliseconds are never negative.
    const std::int64_t milliseconds = ((time % 1000) + 1000) % 1000;
    const auto seconds = static_cast<std::time_t>((time - milliseconds) / 1000);
    std::tm parts = {};
    if (!gmtime_r(&seconds, &parts))
        return {};
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                  parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(milliseconds));
    return text;
}

std::string percent(double fraction, int decimals)
{
    return fixed(100.0 * fraction, decimals) + " %";
}

Interval wilson(std::uint64_t successes, std::uint64_t trials, double z)
{
    if (trials == 0)
        return {};
    const auto n = static_cast<double>(trials);
    const double p = static_cast<double>(successes) / n;
    const double scale = 1.0 + z * z / n;
    const double centre = (p + z * z / (2.0 * n)) / scale;
    const double half = z / scale * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
    return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Accuracy accuracy(std::uint64_t correct, std::uint64_t incorrect, std::uint64_t expectedKnown,
                  std::uint64_t expectedMatched)
{
    Accuracy result;
    const std::uint64_t judged = correct + incorrect;
    if (expectedKnown == 0) {
        result.sentence = "Accuracy is not shown: the data set has no expected labels.";
        return result;
    }
    if (expectedMatched * 2 < expectedKnown) {
        result.sentence = "Accuracy is not shown: only " + grouped(expectedMatched) + " of " + grouped(expectedKnown) +
                          " expected labels are labels of this model (--label-map can translate them).";
        return result;
    }
    if (judged == 0) {
        result.sentence = "Accuracy is not shown: no picture with an expected label has been labelled.";
        return result;
    }
    result.isShown = true;
    result.value = static_cast<double>(correct) / static_cast<double>(judged);
    result.interval = wilson(correct, judged);
    result.sentence = "Accuracy " + percent(result.value) + " (95 % interval " + percent(result.interval.low) + " to " +
                      percent(result.interval.high) + "; " + grouped(correct) + " of " + grouped(judged) + ").";
    return result;
}

std::string sealText(const Seal& seal)
{
    const std::string counts = grouped(seal.planned) + " planned = " + grouped(seal.labelled) + " labelled + " +
                               counted(seal.errors, "error") + "; " + grouped(seal.lost) + " lost, " +
                               grouped(seal.doubled) + " doubled";
    if (seal.holds())
        return counts;
    return "The seal is broken: " + grouped(seal.planned) + " planned, " + grouped(seal.labelled) + " labelled, " +
           counted(seal.errors, "error") + "; " + grouped(seal.lost) + " lost, " + grouped(seal.doubled) + " doubled";
}

std::string printable(std::string_view text)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string safe;
    const std::string clean = repairedText(text);
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const auto byte = static_cast<unsigned char>(clean[i]);
        // C1 controls (U+0080 to U+009F) are two bytes in UTF-8, C2 80 to C2 9F.
        const bool isC1 = byte == 0xC2 && i + 1 < clean.size() && static_cast<unsigned char>(clean[i + 1]) < 0xA0;
        if (byte < 0x20 || byte == 0x7F || isC1) {
            const unsigned char shown = isC1 ? static_cast<unsigned char>(clean[++i]) : byte;
            safe += "\\x";
            safe += digits[shown >> 4];
            safe += digits[shown & 15];
        } else {
            safe += clean[i];
        }
    }
    return safe;
}

} // namespace vitfleet::app::text
