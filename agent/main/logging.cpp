// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/main/logging.h"

#include "shared/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string_view>

namespace vitfleet::agent {
namespace {

void writeLine(log::Level level, std::string_view line)
{
    const auto spdLevel = level == log::Level::Debug     ? spdlog::level::debug
                          : level == log::Level::Info    ? spdlog::level::info
                          : level == log::Level::Warning ? spdlog::level::warn
                                                         : spdlog::level::err;
    spdlog::default_logger_raw()->log(spdLevel, spdlog::string_view_t(line.data(), line.size()));
}

log::Level levelNamed(std::string_view name)
{
    return name == "debug"     ? log::Level::Debug
           : name == "warning" ? log::Level::Warning
           : name == "error"   ? log::Level::Error
                               : log::Level::Info;
}

} // namespace

void startLogging(const std::string& level)
{
    auto logger = std::make_shared<spdlog::logger>("vitfleet-agent", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_level(spdlog::level::debug); // what is worth writing, shared/base/log.h decides
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %-7l %v");
    logger->flush_on(spdlog::level::debug);
    spdlog::set_default_logger(std::move(logger));
    log::setLevel(levelNamed(level));
    log::setSink(&writeLine);
}

} // namespace vitfleet::agent
