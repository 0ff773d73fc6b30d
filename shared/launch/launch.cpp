// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/launch/launch.h"

#include <nlohmann/json.hpp>

#include <limits>

namespace vitfleet::launch {
namespace {

using Json = nlohmann::json;

std::string toLine(const Json& json)
{
    // Paths that are no UTF-8 cannot travel in JSON; replacing what is wrong ends in "no such folder" and not in a
    // throw.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Reads one field at a time and keeps the name of the first that is not as it should be.
class Fields
{
public:
    explicit Fields(const Json& object) : m_object(object) {}

    void read(const char* name, std::string& out)
    {
        if (const Json* value = find(name); value && expect(value->is_string(), name))
            out = value->get<std::string>();
    }
    void read(const char* name, std::vector<std::string>& out)
    {
        const Json* value = find(name);
        if (!value || !expect(value->is_array(), name))
            return;
        out.clear();
        for (const Json& entry : *value) {
            if (expect(entry.is_string(), name))
                out.push_back(entry.get<std::string>());
        }
    }
    template <typename Integer>
    void readInteger(const char* name, Integer& out)
    {
        if (const Json* value = find(name))
            readInteger(name, *value, out);
    }
    template <typename Integer>
    void readInteger(const char* name, const Json& value, Integer& out)
    {
        if (!expect(value.is_number_unsigned(), name))
            return;
        const auto number = value.get<std::uint64_t>();
        if (expect(number <= static_cast<std::uint64_t>(std::numeric_limits<Integer>::max()), name))
            out = static_cast<Integer>(number);
    }
    void readCpus(std::optional<std::vector<int>>& out)
    {
        const Json* value = find("cpus");
        if (!value || value->is_null() || !expect(value->is_array(), "cpus"))
            return;
        out.emplace();
        for (const Json& entry : *value) {
            int cpu = -1;
            readInteger("cpus", entry, cpu);
            out->push_back(cpu);
        }
    }
    bool has(const char* name) const { return m_object.contains(name); }
    bool expect(bool right, const char* name)
    {
        if (!right && m_wrong.empty())
            m_wrong = name;
        return right;
    }
    const std::string& wrong() const { return m_wrong; }

private:
    const Json* find(const char* name) const
    {
        const auto found = m_object.find(name);
        return found != m_object.end() ? &*found : nullptr;
    }

    const Json& m_object;
    std::string m_wrong;
};

Error settingsError(const std::string& what)
{
    return Error{ErrorCode::Settings, "launch channel: " + what};
}

} // namespace

std::string formatRequest(const Request& request)
{
    Json json = {{"application_key", request.applicationKey.toBase32()},
                 {"parent_pid", request.parentPid},
                 {"name", request.name},
                 {"listen", request.listen},
                 {"port", request.port},
                 {"data_roots", request.dataRoots},
                 {"model_roots", request.modelRoots},
                 {"model_cache", request.modelCache},
                 {"device", request.device},
                 {"replicas", request.replicas},
                 {"decoders", request.decoders},
                 {"log_level", request.logLevel},
                 {"idle_exit_s", request.idleExitSeconds}};
    if (request.cpus)
        json["cpus"] = *request.cpus;
    return toLine(json);
}

Result<Request> parseRequest(std::string_view line, Channel channel)
{
    if (line.size() > maxLineBytes)
        return settingsError("the request is too long");
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object())
        return settingsError("the request is no JSON object");

    Request request;
    Fields fields(json);
    std::string key;
    fields.read("application_key", key);
    fields.readInteger("parent_pid", request.parentPid);
    fields.read("name", request.name);
    fields.read("listen", request.listen);
    fields.readInteger("port", request.port);
    fields.read("data_roots", request.dataRoots);
    fields.read("model_roots", request.modelRoots);
    fields.read("model_cache", request.modelCache);
    fields.read("device", request.device);
    fields.readCpus(request.cpus);
    fields.readInteger("replicas", request.replicas);
    fields.readInteger("decoders", request.decoders);
    fields.read("log_level", request.logLevel);
    fields.readInteger("idle_exit_s", request.idleExitSeconds);

    const auto publicKey = transport::PublicKey::fromBase32(key);
    fields.expect(publicKey.has_value(), "application_key");
    if (channel == Channel::Inherited)
        fields.expect(fields.has("parent_pid") && request.parentPid > 0, "parent_pid");
    fields.expect(!request.listen.empty(), "listen");
    if (!fields.wrong().empty())
        return settingsError("the field " + fields.wrong() + " is missing or wrong");
    request.applicationKey = *publicKey;
    return request;
}

std::string replyFile(std::uint32_t index)
{
    return "reply-" + std::to_string(index) + ".json";
}

std::string formatReply(const Result<Reply>& reply)
{
    if (reply.ok())
        return toLine({{"address", reply->address.line()},
                       {"pid", reply->pid},
                       {"host", reply->host},
                       {"scheduler_id", reply->schedulerId}});
    return toLine({{"error", {{"code", info(reply.error().code).name}, {"detail", reply.error().detail}}}});
}

Result<Reply> parseReply(std::string_view line)
{
    const Error noReply{ErrorCode::AgentStart, "the agent's answer over the launch channel cannot be read"};
    const Json json = line.size() > maxLineBytes ? Json() : Json::parse(line, nullptr, false);
    if (!json.is_object())
        return noReply;
    if (const auto failed = json.find("error"); failed != json.end()) {
        if (!failed->is_object())
            return noReply;
        Fields fields(*failed);
        std::string code, detail;
        fields.read("code", code);
        fields.read("detail", detail);
        return Error{errorCodeFromName(code).value_or(ErrorCode::AgentStart), detail};
    }
    Fields fields(json);
    std::string addressLine;
    Reply reply;
    fields.read("address", addressLine);
    fields.readInteger("pid", reply.pid);
    fields.read("host", reply.host);
    fields.read("scheduler_id", reply.schedulerId);
    auto address = transport::AgentAddress::parse(addressLine);
    if (!fields.wrong().empty() || !address.ok() || !address->key || reply.pid <= 0)
        return noReply;
    reply.address = std::move(address).value();
    return reply;
}

} // namespace vitfleet::launch
