// SPDX-License-Identifier: GPL-3.0-or-later
// What a run of a test needs on the disk: a folder of pictures and a place for its database.
#pragma once

#include <QTest>

#include "app/core/engine.h"

#include <QTemporaryDir>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

namespace vitfleet::test {

class RunFolder
{
protected:
    /// An empty one.
    void renew()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->path().toStdString();
    }
    /// 00000.pgm and so on, all of the class Bag.
    void makeData(int pictures) const
    {
        std::filesystem::create_directories(m_path / "data" / "Bag");
        for (int i = 0; i < pictures; ++i) {
            char name[16];
            std::snprintf(name, sizeof name, "%05d.pgm", i);
            std::ofstream(m_path / "data" / "Bag" / name, std::ios::binary) << "P5 2 2 255\n"
                                                                            << "abc" << static_cast<char>(i);
        }
    }
    std::filesystem::path database() const { return m_path / "run.db"; }
    app::RunRequest request(std::vector<std::string> agents) const
    {
        app::RunRequest made;
        made.dataPath = (m_path / "data").string();
        made.modelPath = VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit";
        made.agents = std::move(agents);
        return made;
    }

    std::filesystem::path m_path;

private:
    std::unique_ptr<QTemporaryDir> m_dir;
};

inline void checkSealed(const app::RunSnapshot& run, std::uint64_t planned)
{
    QVERIFY(run.seal.has_value());
    QVERIFY(run.seal->holds());
    QCOMPARE(run.seal->planned, planned);
}

} // namespace vitfleet::test
