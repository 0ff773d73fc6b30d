// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

namespace vitfleet::test {

/// A folder in which a test's scripts stand for ssh, sbatch or kubectl.
class StandInPrograms
{
protected:
    QTemporaryDir m_dir;

    /// A program in a folder of its own, which goes to the front of PATH.
    void standIn(const char* name, const QByteArray& script)
    {
        QDir(m_dir.path()).mkpath(QStringLiteral("bin"));
        QFile file(m_dir.filePath(QStringLiteral("bin/%1").arg(QLatin1String(name))));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("#!/bin/sh\n" + script);
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        qputenv("PATH", m_dir.filePath(QStringLiteral("bin")).toUtf8() + ":/usr/bin:/bin");
    }
};

} // namespace vitfleet::test
