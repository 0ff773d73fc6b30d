// SPDX-License-Identifier: GPL-3.0-or-later
// Looks at a data set and a model before a run is started, in a thread of its own: paths may lie on a disk that sleeps
// or a server that does not answer.
#pragma once

#include <QObject>
#include <QStringList>
#include <QThread>

#include <atomic>

namespace vitfleet::app {

class SetUpProbe : public QObject
{
    Q_OBJECT
public:
    explicit SetUpProbe(QObject* parent = nullptr);
    ~SetUpProbe() override;

    /// `dataChecked` and `modelChecked` answer for the newest question only.
    void checkData(const QString& path);
    void checkModel(const QString& directory);
    /// Reads the last lines of an agent's log; `logRead` answers. Nothing where it cannot be read.
    void readLog(const QString& file);

Q_SIGNALS:
    /// `facts` says what it is in a few words, or what is wrong with it.
    void dataChecked(const QString& facts, bool usable);
    void modelChecked(const QString& facts, bool usable);
    void logRead(const QString& file, const QStringList& lines);

private:
    QThread m_thread;
    QObject* m_worker; ///< lives in m_thread
    std::atomic<quint64> m_dataQuestion = 0, m_modelQuestion = 0;
};

} // namespace vitfleet::app
