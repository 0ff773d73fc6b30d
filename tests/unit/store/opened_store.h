// SPDX-License-Identifier: GPL-3.0-or-later
// A store of its own for each test, open with a reader.
#pragma once

#include "tests/unit/store/store_fixture.h"

namespace vitfleet::app::test {

class OpenedStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        ++m_file;
        open();
    }
    void cleanup() { close(); }

protected:
    std::filesystem::path file() const { return m_folder.path(("x" + std::to_string(m_file) + ".db").c_str()); }
    StoreWriter& writer() { return m_store->writer(); }
    void open(OpenMode mode = OpenMode::ReadWrite)
    {
        m_store = valueOf(openStore(file(), mode));
        m_reader = valueOf(m_store->openReader());
    }
    void close()
    {
        m_reader.reset();
        m_store.reset();
    }
    /// 12 items: 0 to 8 labelled by local-1, 9 and 10 errors of local-2, 11 without a row.
    RunRecord mixedRun(const std::string& uid = "0123456789abcdef0123456789abcdef")
    {
        const RunRecord run = storedRun(*m_store, 12, uid);
        for (std::uint32_t i = 0; i < 9; ++i)
            writer().addResult(run.id, i, sampleRow(i));
        writer().addResult(run.id, 9, errorRow(9, ErrorCode::ImgTruncated, "at byte 77"));
        writer().addResult(run.id, 10, errorRow(10, ErrorCode::ImgEmpty, ""));
        mustWork(writer().flush());
        return run;
    }

    std::unique_ptr<Store> m_store;
    std::unique_ptr<StoreReader> m_reader;

private:
    Folder m_folder;
    int m_file = 0;
};

} // namespace vitfleet::app::test
