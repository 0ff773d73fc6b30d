// SPDX-License-Identifier: GPL-3.0-or-later
// The runs in the database, newest first.
#pragma once

#include "app/models/store_asker.h"

#include <QAbstractTableModel>

#include <unordered_set>
#include <vector>

namespace vitfleet::app {

struct PastRun
{
    RunRecord record;
    std::size_t nodes = 0; ///< that brought at least one row
    std::vector<RunCostRecord> costs{};
    double seconds() const;
    double imagesPerSecond() const;
};

/// Nodes with rows of a run: others have only loaded the model.
std::size_t workingNodes(const std::vector<NodeRecord>& nodes);

class RunHistory : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column
    {
        RunColumn,
        StateColumn,
        DateColumn,
        DataColumn,
        ModelColumn,
        PrecisionColumn,
        NodesColumn,
        ImagesColumn,
        AccuracyColumn,
        RateColumn,
        ErrorsColumn,
        TimeColumn,
        CostColumn,
        ColumnCount
    };
    static constexpr int LookRole = Qt::UserRole + 200;

    using QAbstractTableModel::QAbstractTableModel;

    void load(StoreAsker& asker);
    const PastRun* run(const QModelIndex& index) const;
    const PastRun* find(RunId run) const;
    QModelIndex indexOf(RunId run) const;
    /// A run that is deleted at the end of the undo time.
    void setHidden(RunId run, bool hidden);
    /// The one that goes now; another one that is stored as going was cut off when its application was killed.
    void setActive(RunId run);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    void loaded();
    /// The database could not be read.
    void failed(const vitfleet::Error& error);

private:
    void show(std::vector<PastRun> runs);
    QString display(const PastRun& run, int column) const;

    std::vector<PastRun> m_all; ///< newest first, hidden ones among them
    std::vector<PastRun> m_runs;
    std::unordered_set<RunId> m_hidden;
    RunId m_active;
    bool m_loading = false;
    bool m_again = false;
};

/// What two runs say about the same pictures.
struct RunComparison
{
    PastRun first, second;
    std::uint64_t common = 0;  ///< pictures that both have labelled
    std::uint64_t changed = 0; ///< of these, with another label
    std::uint64_t mended = 0;  ///< wrong in the first, right in the second
    std::uint64_t broken = 0;  ///< right in the first, wrong in the second
    struct Class
    {
        std::string label;
        std::uint64_t expected = 0;
        double firstRecall = 0, secondRecall = 0;
    };
    std::vector<Class> classes; ///< those whose recall differs, the largest difference first
};

/// Goes through all rows of both, in the asker's thread.
Result<RunComparison> compareRuns(StoreReader& reader, RunId first, RunId second);

} // namespace vitfleet::app
