// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/main/resources.h"

#include <cstdlib>
#include <vector>

namespace vitfleet::app {

std::optional<DemoFiles> findDemoFiles(const std::filesystem::path& program)
{
    std::vector<std::filesystem::path> folders;
    if (const char* named = std::getenv("VITFLEET_RESOURCES"); named && *named)
        folders.emplace_back(named);
    folders.push_back(program.parent_path().parent_path() / "share" / "vitfleet");
    folders.emplace_back(VITFLEET_SOURCE_RESOURCES);
    for (const auto& folder : folders) {
        DemoFiles files{folder / "data" / "fashion-mnist" / "t10k-images-idx3-ubyte.gz",
                        folder / "models" / "fashion-mnist-vit"};
        std::error_code ignored;
        if (std::filesystem::exists(files.images, ignored) && std::filesystem::is_directory(files.model, ignored))
            return files;
    }
    return std::nullopt;
}

} // namespace vitfleet::app
