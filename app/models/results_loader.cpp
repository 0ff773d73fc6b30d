// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/results_loader.h"

#include "app/core/run_deletion.h"

#include <QCoreApplication>
#include <QPointer>

#include <algorithm>
#include <limits>

namespace vitfleet::app {

ResultsLoader::ResultsLoader(Store& store, QObject* parent)
    : QObject(parent), m_store(store), m_pages(store, QStringLiteral("vf-results")),
      m_exports(store, QStringLiteral("vf-export"))
{
}

ResultsLoader::~ResultsLoader()
{
    m_current = std::numeric_limits<std::uint64_t>::max();
    // After what was asked for: a run that is to be deleted is deleted.
    m_pages.finish();
    m_exports.finish();
}

void ResultsLoader::withReader(StoreLane& lane, std::function<void(StoreReader&)> work,
                               void (ResultsLoader::*refused)(const Error&))
{
    lane.read([this, refused, work = std::move(work)](Result<StoreReader*> reader) {
        if (reader)
            work(**reader);
        else
            Q_EMIT(this->*refused)(reader.error());
    });
}

void ResultsLoader::loadPage(const ResultsQuery& query, std::optional<ItemId> after, std::size_t limit)
{
    withReader(m_pages, [this, query, after, limit](StoreReader& reader) {
        if (m_current != query.id)
            return;
        auto rows = reader.results(query.run, query.filter, after, limit);
        if (rows)
            Q_EMIT pageLoaded(query.id, *rows);
        else
            Q_EMIT failed(rows.error());
    });
}

void ResultsLoader::loadItems(const ResultsQuery& query, std::optional<ItemId> after)
{
    withReader(m_pages, [this, query, after](StoreReader& reader) {
        if (m_current != query.id)
            return;
        auto items = reader.matchingItems(query.run, query.filter, after);
        if (items)
            Q_EMIT itemsLoaded(query.id, after, std::make_shared<const std::vector<ItemId>>(std::move(*items)));
        else
            Q_EMIT failed(items.error());
    });
}

void ResultsLoader::count(const ResultsQuery& query)
{
    withReader(m_pages, [this, query](StoreReader& reader) {
        if (m_current != query.id)
            return;
        auto rows = reader.countResults(query.run, query.filter);
        if (rows)
            Q_EMIT counted(query.id, *rows);
        else
            Q_EMIT failed(rows.error());
    });
}

void ResultsLoader::exportCsv(const ResultsQuery& query, const QString& file, const CsvOptions& options)
{
    withReader(
        m_exports,
        [this, query, file, options](StoreReader& reader) {
            auto rows = reader.exportCsv(query.run, query.filter, file.toStdString(), options);
            if (rows)
                Q_EMIT exported(file, *rows, !query.filter.isEmpty());
            else
                Q_EMIT exportFailed(rows.error());
        },
        &ResultsLoader::exportFailed);
}

void ResultsLoader::deleteRun(RunId run, std::function<void(const Result<void>&)> done)
{
    m_exports.run([this, run, done = std::move(done), self = QPointer(this)] {
        auto* deletion = dynamic_cast<RunDeletion*>(&m_store.writer());
        auto deleted =
            std::make_shared<Result<void>>(deletion ? deletion->deleteRun(run) : Result<void>(ErrorCode::DbReadOnly));
        QMetaObject::invokeMethod(
            qApp,
            [self, done, deleted] {
                if (self && done)
                    done(*deleted);
            },
            Qt::QueuedConnection);
    });
}

void ResultsLoader::loadRun(RunId run, std::vector<RunId> without)
{
    withReader(m_pages, [this, run, without = std::move(without)](StoreReader& reader) {
        RunId wanted = run;
        if (wanted == RunId()) {
            auto all = reader.runs();
            if (!all) {
                Q_EMIT failed(all.error());
                return;
            }
            std::erase_if(*all, [&without](const RunRecord& record) {
                return std::ranges::find(without, record.id) != without.end();
            });
            if (all->empty())
                return;
            wanted = all->back().id;
        }
        const auto found = reader.run(wanted);
        if (!found) {
            Q_EMIT failed(found.error());
            return;
        }
        const auto seal = reader.seal(wanted);
        Q_EMIT runLoaded(*found, seal ? *seal : std::optional<Seal>());
    });
}

} // namespace vitfleet::app
