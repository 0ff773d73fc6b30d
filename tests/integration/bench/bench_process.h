// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTest>

namespace vitfleet::benchtest {

inline const QString demoModel = QStringLiteral(VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit");
inline const QString pictures = QStringLiteral(VITFLEET_SOURCE_DIR "/tests/data/imaging");

struct Ended
{
    int code = -1;
    QByteArray out, err;
    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

inline void startBench(QProcess& process, const QStringList& arguments)
{
    process.start(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-agent"), QStringList{QStringLiteral("bench")} + arguments);
}

inline Ended runBench(const QStringList& arguments)
{
    QProcess process;
    startBench(process, arguments);
    if (!process.waitForFinished(100'000))
        return {};
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

} // namespace vitfleet::benchtest
