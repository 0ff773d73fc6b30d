// SPDX-License-Identifier: GPL-3.0-or-later
// The writer's side of the ledger of nodes that providers were asked for.
#include "app/store/unit_rows.h"
#include "app/store/writer.h"

namespace vitfleet::app::sqlite {

std::vector<UnitRecord> readUnits(SQLite::Database& db)
{
    Statement query(db, "SELECT allocation, unit, profile, provider, provider_id, site, folder, keep, created_at,"
                        " ssh_config FROM unit ORDER BY created_at, allocation, unit");
    std::vector<UnitRecord> units;
    query.start();
    while (query.next()) {
        UnitRecord unit;
        unit.allocation = query.text(0);
        unit.index = static_cast<std::uint32_t>(query.number(1));
        unit.profile = query.text(2);
        unit.provider = static_cast<ProviderKind>(query.number(3));
        unit.providerId = query.text(4);
        unit.site = query.text(5);
        unit.folder = query.text(6);
        unit.keep = query.number(7) != 0;
        unit.createdAt = query.number(8);
        if (!query.isNull(9))
            unit.sshConfig = query.text(9);
        units.push_back(std::move(unit));
    }
    return units;
}

Result<std::vector<UnitRecord>> Writer::units()
{
    Result<std::vector<UnitRecord>> answer(ErrorCode::Internal);
    ask([&](const Result<void>&) {
        answer = guarded(*m_db, [&]() -> Result<std::vector<UnitRecord>> { return readUnits(*m_db); });
    });
    return answer;
}

Result<void> Writer::putUnits(const std::vector<UnitRecord>& units)
{
    Result<void> answer;
    // Whatever became of the queue before it: these rows are what finds running nodes again.
    ask([&](const Result<void>&) {
        answer = guarded(*m_db, [&]() -> Result<void> {
            Transaction transaction(*m_db);
            Statement put(
                *m_db,
                "INSERT INTO unit(allocation, unit, profile, provider, provider_id, site, folder, keep,"
                " created_at, ssh_config) VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT(allocation, unit) DO UPDATE SET"
                " provider_id=excluded.provider_id, keep=excluded.keep");
            for (const UnitRecord& unit : units) {
                put.start()
                    .add(unit.allocation)
                    .add(unit.index)
                    .add(unit.profile)
                    .add(static_cast<int>(unit.provider))
                    .add(unit.providerId)
                    .add(unit.site)
                    .add(unit.folder)
                    .add(unit.keep ? 1 : 0)
                    .add(unit.createdAt)
                    .add(unit.sshConfig)
                    .exec();
            }
            transaction.commit();
            return {};
        });
    });
    return answer;
}

Result<void> Writer::removeUnits(const std::vector<UnitRecord>& units)
{
    Result<void> answer;
    ask([&](const Result<void>&) {
        answer = guarded(*m_db, [&]() -> Result<void> {
            Transaction transaction(*m_db);
            Statement remove(*m_db, "DELETE FROM unit WHERE allocation=? AND unit=?");
            for (const UnitRecord& unit : units)
                remove.start().add(unit.allocation).add(unit.index).exec();
            transaction.commit();
            return {};
        });
    });
    return answer;
}

} // namespace vitfleet::app::sqlite
