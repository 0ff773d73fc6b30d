// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/trace.h"

namespace vitfleet::simulation {
namespace {

namespace sched = app::scheduler;

template <typename... Handlers>
struct Overloaded : Handlers...
{
    using Handlers::operator()...;
};

std::string text(NodeId node)
{
    return " node " + std::to_string(node.value);
}

std::string text(LeaseId lease)
{
    return " lease " + std::to_string(lease.value);
}

std::string text(ItemId item)
{
    return " item " + std::to_string(item.value);
}

std::string text(const std::vector<ItemId>& items)
{
    std::string result = " items";
    for (const ItemId item : items)
        result += ' ' + std::to_string(item.value);
    return result;
}

std::string text(const Error& error)
{
    return error.code == ErrorCode::None ? " labelled" : ' ' + std::string(info(error.code).name) + ' ' + error.detail;
}

} // namespace

std::string toText(const sched::Event& event)
{
    return std::visit(
        Overloaded{
            [](const sched::ItemsFound& e) { return "ItemsFound" + text(e.first) + " + " + std::to_string(e.count); },
            [](const sched::ItemsSettled& e) { return "ItemsSettled" + text(e.items); },
            [](const sched::ScanFinished&) { return std::string("ScanFinished"); },
            [](const sched::NodeReady& e) { return "NodeReady" + text(e.node); },
            [](const sched::NodeLimit& e) {
                return "NodeLimit" + text(e.node) + ' ' + std::to_string(e.maxChunkItems);
            },
            [](const sched::NodeGone& e) { return "NodeGone" + text(e.node) + (e.inOrder ? " in order" : ""); },
            [](const sched::NodeSuspect& e) { return "NodeSuspect" + text(e.node) + (e.suspect ? "" : " no more"); },
            [](const sched::NodeProgress& e) {
                return "NodeProgress" + text(e.node) + ' ' + std::to_string(e.startedItems);
            },
            [](const sched::NodeTransfer& e) { return "NodeTransfer" + text(e.node); },
            [](const sched::NodeDrain& e) { return "NodeDrain" + text(e.node) + (e.now ? " now" : ""); },
            [](const sched::NodeUndrain& e) { return "NodeUndrain" + text(e.node); },
            [](const sched::ResultArrived& e) {
                return "ResultArrived" + text(e.node) + text(e.lease) + text(e.item) + text(e.error);
            },
            [](const sched::ItemsReturned& e) {
                return "ItemsReturned" + text(e.node) + text(e.lease) + text(e.items);
            },
            [](const sched::SetPaused& e) { return std::string(e.paused ? "Pause" : "Continue"); },
            [](const sched::StoreHeldUp& e) { return std::string(e.held ? "StoreHeldUp" : "StoreWorksAgain"); },
            [](const sched::LeaseNotSent& e) { return "LeaseNotSent" + text(e.node) + text(e.lease); },
            [](const sched::AuditCompared& e) {
                std::string against = e.contradicts.empty() ? " agrees" : " contradicts";
                for (const NodeId other : e.contradicts)
                    against += text(other);
                return "AuditCompared" + text(e.node) + text(e.item) + against;
            },
            [](const sched::Tick&) { return std::string("Tick"); },
        },
        event);
}

std::string toText(const sched::Action& action)
{
    return "    -> " +
           std::visit(
               Overloaded{
                   [](const sched::SendLease& a) { return "SendLease" + text(a.node) + text(a.lease) + text(a.items); },
                   [](const sched::TakeBack& a) {
                       return "TakeBack" + text(a.node) + text(a.lease) + ' ' + std::to_string(a.maxItems);
                   },
                   [](const sched::AcceptResult& a) {
                       return "AcceptResult" + text(a.item) + " attempt " + std::to_string(a.attempt) +
                              (a.audit ? " audit" : "");
                   },
                   [](const sched::CompareResult& a) { return "CompareResult" + text(a.node) + text(a.item); },
                   [](const sched::AuditEnded& a) {
                       return "AuditEnded" + text(a.item) + " verdict " + std::to_string(static_cast<int>(a.verdict)) +
                              text(a.node);
                   },
                   [](const sched::RejectResult& a) {
                       return "RejectResult" + text(a.item) + " why " + std::to_string(static_cast<int>(a.why));
                   },
                   [](const sched::FailItem& a) {
                       return "FailItem" + text(a.item) + text(a.error) + " attempt " + std::to_string(a.attempt);
                   },
                   [](const sched::Redispatched& a) {
                       return "Redispatched" + text(a.from) + ' ' + std::to_string(a.count);
                   },
                   [](const sched::SetAside& a) { return "SetAside" + text(a.node) + text(a.lastError); },
                   [](const sched::Restored& a) { return "Restored" + text(a.node); },
                   [](const sched::NodeSuspectedHung& a) { return "NodeSuspectedHung" + text(a.node) + text(a.lease); },
                   [](const sched::AllSettled&) { return std::string("AllSettled"); },
               },
               action);
}

} // namespace vitfleet::simulation
