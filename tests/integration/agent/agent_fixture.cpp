// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_fixture.h"

namespace vitfleet::test {

std::span<const std::byte> bytesOf(const std::string& text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::vector<protocol::LeaseItem> byteItems(std::uint32_t first, std::uint32_t count, const std::string& content)
{
    std::vector<protocol::LeaseItem> items(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        items[i].item = ItemId(first + i);
        items[i].data.assign(bytesOf(content).begin(), bytesOf(content).end());
        items[i].bytes = content.size();
    }
    return items;
}

std::unique_ptr<AgentProcess> AgentFixture::launch()
{
    launch::Request request;
    request.applicationKey = m_alice.publicKey();
    request.name = "local-1";
    request.dataRoots = {folder() / "data"};
    request.modelRoots = {folder() / "models"};
    request.modelCache = folder() / "cache";
    request.cpus.emplace();
    return AgentProcess::launch(request);
}

std::unique_ptr<AgentProcess> AgentFixture::serve(std::initializer_list<const transport::KeyPair*> admitted,
                                                  const std::vector<std::string>& environment)
{
    const std::string keys = folder() / "authorized_keys";
    for (const auto* key : admitted) {
        if (!transport::AuthorizedKeys::add(keys, key->publicKey(), "test").ok())
            return nullptr;
    }
    auto agent = std::make_unique<AgentProcess>(std::vector<std::string>{"serve", "--listen", "127.0.0.1:0", "--key",
                                                                         folder() / "agent.key", "--authorized-keys",
                                                                         keys, "--model-cache", folder() / "cache",
                                                                         "--log-level", "error"},
                                                environment);
    const auto address = transport::AgentAddress::parse(agent->readLine());
    if (!address.ok() || !address->key || !agent->readLine().starts_with("fingerprint: "))
        return nullptr;
    m_address = *address;
    return agent;
}

std::unique_ptr<Application> AgentFixture::connect(const transport::AgentAddress& agent, const transport::KeyPair& keys,
                                                   std::uint64_t nonce)
{
    auto application = std::make_unique<Application>(m_context, m_loop, agent, Application::Identity{keys, nonce});
    if (!loopUntil(m_loop, [&] { return application->isWelcome(); }))
        return nullptr;
    return application;
}

bool AgentFixture::openRun(Application& application, const std::string& options, const std::string& dataRoot)
{
    application.openRun(uid, options, dataRoot);
    return loopUntil(m_loop, [&] { return application.last<protocol::RunReady>() != nullptr; });
}

} // namespace vitfleet::test
