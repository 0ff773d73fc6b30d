// SPDX-License-Identifier: GPL-3.0-or-later
// A count of nodes that another process asks for, as a file that the one with the database finds and removes.
#include "app/provision/scale_out.h"

#include <fstream>
#include <thread>

namespace vitfleet::app {

using namespace std::chrono_literals;

Result<void> requestCount(const std::filesystem::path& folder, const std::string& profile, std::uint32_t nodes,
                          std::chrono::milliseconds patience)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const std::filesystem::path file = folder / (profile + ".nodes");
    std::filesystem::path beside = file;
    beside += ".new";
    {
        std::ofstream stream(beside);
        stream << nodes << '\n';
        if (!stream.flush())
            return Error{ErrorCode::DbBusy, file.string() + " cannot be written"};
    }
    std::filesystem::rename(beside, file, error);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::filesystem::exists(file, error)) {
        if (std::chrono::steady_clock::now() >= deadline) {
            std::filesystem::remove(file, error);
            return Error{ErrorCode::DbBusy, "the process that has the database uses no profile " + profile};
        }
        std::this_thread::sleep_for(50ms);
    }
    return {};
}

} // namespace vitfleet::app
