// SPDX-License-Identifier: GPL-3.0-or-later
// Looks at a data set and a model before a run is started, in a thread of its own: paths may lie on a disk that sleeps
// or a server that does not answer.
#pragma once

#include "app/core/data/data_set.h"

#include <QObject>
#include <QStringList>
#include <QThread>

#include <atomic>
#include <string>
#include <vector>

namespace vitfleet::app {

/// What is known of a data set that is being looked at.
struct DataCount
{
    std::string path;
    std::uint64_t items = 0, broken = 0, bytes = 0;
    std::size_t classes = 0;        ///< different expected values
    bool isDone = false;            ///< everything has been seen
    bool isCut = false;             ///< or as much as a look may take
    std::vector<ItemRecord> sample; ///< a few, spread over what was seen
};

class SetUpProbe : public QObject
{
    Q_OBJECT
public:
    explicit SetUpProbe(QObject* parent = nullptr);
    ~SetUpProbe() override;

    /// `dataChecked` and `modelChecked` answer for the newest question only.
    void checkData(const QString& path);
    void checkModel(const QString& directory);
    /// Whether a path is a model's directory, or else a data set; `toldApart` answers.
    void tellApart(const QString& path);
    /// Reads the last lines of an agent's log; `logRead` or `logUnreadable` answers.
    void readLog(const QString& file);

Q_SIGNALS:
    /// `facts` says what it is in a few words, or what is wrong with it.
    void dataChecked(const QString& facts, bool usable);
    /// While the data set is being scanned, and at the end.
    void dataCounted(const vitfleet::app::DataCount& count);
    void toldApart(const QString& path, bool isModel);
    void modelChecked(const QString& facts, bool usable);
    void logRead(const QString& file, const QStringList& lines);
    void logUnreadable(const QString& file, const QString& reason);

private:
    QThread m_thread;
    QObject* m_worker; ///< lives in m_thread
    void count(DataSet& dataSet, const std::string& path, quint64 question);

    std::atomic<quint64> m_dataQuestion = 0, m_modelQuestion = 0;
    std::atomic<bool> m_enough = false; ///< of the scan that goes on: it may wait for a disk
};

} // namespace vitfleet::app
