// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/main/launch_folder.h"

#include "shared/transport/key_file_io.h"

#include <cstdlib>

namespace vitfleet::agent {

Result<launch::Request> LaunchFolder::readRequest() const
{
    const std::filesystem::path file = m_folder / launch::requestFile;
    auto text = transport::readKeyFile(file, transport::Privacy::ReadOnly);
    if (!text.ok())
        return text.error();
    if (!*text)
        return Error{ErrorCode::Settings, file.string() + " does not exist"};
    auto request = launch::parseRequest(**text, launch::Channel::Folder);
    if (request.ok() && !request->name.empty())
        request->name += "-" + std::to_string(m_index);
    return request;
}

Result<void> LaunchFolder::reply(const Result<launch::Reply>& reply) const
{
    const char* elsewhere = std::getenv("VITFLEET_REPLY_FOLDER");
    const std::filesystem::path folder = elsewhere && *elsewhere == '/' ? std::filesystem::path(elsewhere) : m_folder;
    return transport::replaceKeyFile(folder / launch::replyFile(m_index), launch::formatReply(reply));
}

} // namespace vitfleet::agent
