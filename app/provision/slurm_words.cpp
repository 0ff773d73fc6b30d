// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/slurm_words.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace vitfleet::app::slurm {
namespace {

struct Words
{
    std::string_view slurm, ours;
};

constexpr std::array reasons = {
    Words{"None", "waits to be looked at by the scheduler"},
    Words{"Resources", "waits for free nodes"},
    Words{"Priority", "waits behind jobs of higher priority"},
    Words{"Dependency", "waits for another job"},
    Words{"BeginTime", "waits for its begin time"},
    Words{"JobHeldUser", "is held by the user: scontrol release lets it go"},
    Words{"JobHeldAdmin", "is held by an administrator"},
    Words{"Licenses", "waits for a licence"},
    Words{"Reservation", "waits for its reservation"},
    Words{"PartitionDown", "waits: its partition is down"},
    Words{"PartitionInactive", "waits: its partition is not active"},
    Words{"PartitionNodeLimit", "asks for more nodes than its partition has or allows"},
    Words{"PartitionTimeLimit", "asks for more time than its partition allows"},
    Words{"ReqNodeNotAvail", "waits: a node that it needs is down, drained or reserved"},
    Words{"NodeDown", "waits: a node that it needs is down"},
    Words{"BadConstraints", "can never start: no node has these features"},
    Words{"InvalidAccount", "can never start: the account is not valid"},
    Words{"InvalidQOS", "can never start: the QoS is not valid"},
    Words{"JobArrayTaskLimit", "waits for other tasks of its array"},
    Words{"Cleaning", "is being requeued and waits for its old node to be cleaned up"},
    Words{"launch failed requeued held", "could not be launched and is held: scontrol release tries again"},
};

constexpr std::array ends = {
    Words{"COMPLETED", "its agent has ended"},
    Words{"CANCELLED", "it was cancelled"},
    Words{"TIMEOUT", "it reached its time limit"},
    Words{"FAILED", "its agent failed"},
    Words{"NODE_FAIL", "its node failed"},
    Words{"PREEMPTED", "it was preempted"},
    Words{"OUT_OF_MEMORY", "it needed more memory than it had asked for"},
    Words{"BOOT_FAIL", "its node did not boot"},
    Words{"DEADLINE", "it reached its deadline"},
    Words{"REVOKED", "it was moved to another cluster"},
};

} // namespace

std::string reasonInWords(std::string_view reason)
{
    for (const Words& words : reasons) {
        if (reason == words.slurm)
            return std::string(words.ours);
    }
    // "ReqNodeNotAvail, UnavailableNodes:n[1-3]" and the like.
    if (reason.substr(0, 15) == "ReqNodeNotAvail")
        return "waits: a node that it needs is down, drained or reserved";
    if (reason.substr(0, 3) == "QOS" || reason.substr(0, 5) == "Assoc")
        return "waits: a limit of the account or the QoS is reached (" + std::string(reason) + ")";
    return "waits (" + std::string(reason) + ")";
}

UnitStatus statusOf(std::string_view state, std::string_view reason, std::string_view nodes)
{
    using Phase = UnitStatus::Phase;
    UnitStatus status;
    const std::string_view word = state.substr(0, state.find(' '));
    for (const Words& end : ends) {
        if (word == end.slurm) {
            status.phase = Phase::Gone;
            status.reason = end.ours;
            status.byHand = word == "CANCELLED";
            return status;
        }
    }
    if (word == "RUNNING" || word == "COMPLETING" || word == "STOPPED" || word == "SUSPENDED" || word == "SIGNALING" ||
        word == "STAGE_OUT") {
        status.phase = word == "COMPLETING" ? Phase::Unknown : Phase::Running;
        // COMPLETING: its end has begun, and the next answer says which one it was.
        status.reason = word == "RUNNING"      ? "on " + std::string(nodes)
                        : word == "COMPLETING" ? "is ending"
                                               : "is " + std::string(word);
    } else if (word == "CONFIGURING") {
        status.phase = Phase::Pending;
        status.reason = "its node is being made ready";
    } else {
        // PENDING, REQUEUED, REQUEUE_HOLD, SPECIAL_EXIT, RESV_DEL_HOLD
        status.phase = Phase::Pending;
        status.reason = reasonInWords(reason);
    }
    return status;
}

std::optional<std::uint32_t> maxArraySize(std::string_view config)
{
    constexpr std::string_view name = "MaxArraySize";
    for (std::size_t begin = 0; begin < config.size();) {
        const std::size_t end = std::min(config.find('\n', begin), config.size());
        std::string_view line = config.substr(begin, end - begin);
        begin = end + 1;
        if (!line.starts_with(name))
            continue;
        line.remove_prefix(std::min(line.find_first_not_of(" =\t", name.size()), line.size()));
        std::uint32_t size = 0;
        const auto read = std::from_chars(line.data(), line.data() + line.size(), size);
        if (read.ec == std::errc())
            return size;
    }
    return std::nullopt;
}

} // namespace vitfleet::app::slurm
