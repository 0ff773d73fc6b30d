// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <functional>
#include <memory>
#include <vector>

namespace vitfleet::test {

using SuiteMaker = std::function<std::unique_ptr<QObject>()>;

inline std::vector<SuiteMaker>& suites()
{
    static std::vector<SuiteMaker> all;
    return all;
}

/// A file-level object of this type adds its suite to the program.
template <typename Suite>
struct Registered
{
    Registered()
    {
        suites().push_back([] { return std::unique_ptr<QObject>(new Suite); });
    }
};

} // namespace vitfleet::test
