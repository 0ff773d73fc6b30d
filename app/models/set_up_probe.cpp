// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/set_up_probe.h"

#include "app/core/data/data_set.h"
#include "app/core/data/model_info.h"
#include "app/core/text.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QLocale>

#include <algorithm>
#include <unordered_set>

namespace vitfleet::app {
namespace {

constexpr std::size_t sampleItems = 8, mostClasses = 100'000;
constexpr std::uint64_t mostCounted = 200'000; ///< a look, not the run's own scan
constexpr qint64 tellEveryMs = 250;
constexpr qint64 logTailBytes = 16 * 1024;
constexpr qsizetype logTailLines = 40;

QString dataFacts(const DataSet& dataSet)
{
    const std::string kind = dataSet.kind();
    if (kind == "idx")
        return QCoreApplication::translate("SetUpProbe", "IDX pair: the pictures with their labels beside them");
    if (kind == "manifest")
        return QCoreApplication::translate("SetUpProbe", "Manifest: the CSV lists the pictures");
    return QCoreApplication::translate("SetUpProbe",
                                       "Folder: every file below it counts, class folders are expected labels");
}

QString modelFacts(const ModelInfo& model)
{
    const auto labels = static_cast<qulonglong>(model.labels.size());
    const QString patch = model.patchHeight == model.patchWidth
                              ? QString::number(model.patchHeight)
                              : QStringLiteral("%1×%2").arg(model.patchWidth).arg(model.patchHeight);
    return QCoreApplication::translate("SetUpProbe", "%1 layers, %2 wide, patch %3, %4×%5 px, %6 labels, %7")
        .arg(model.layers)
        .arg(model.hiddenSize)
        .arg(patch)
        .arg(model.imageWidth)
        .arg(model.imageHeight)
        .arg(QLocale().toString(labels),
             QLocale().formattedDataSize(static_cast<qint64>(model.bytes), 1, QLocale::DataSizeSIFormat));
}

} // namespace

SetUpProbe::SetUpProbe(QObject* parent) : QObject(parent), m_worker(new QObject)
{
    m_thread.setObjectName(QStringLiteral("vf-probe"));
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
}

SetUpProbe::~SetUpProbe()
{
    ++m_dataQuestion;
    m_enough = true;
    ++m_modelQuestion;
    m_thread.quit();
    m_thread.wait();
}

void SetUpProbe::checkData(const QString& path)
{
    const quint64 asked = ++m_dataQuestion;
    m_enough = true;
    QMetaObject::invokeMethod(m_worker, [this, path, question = asked] {
        if (question != m_dataQuestion || path.isEmpty())
            return;
        m_enough = false; // before the next look at the question
        const auto opened = DataSet::open({path.toStdString(), {}, 0});
        if (question != m_dataQuestion)
            return;
        if (opened) {
            Q_EMIT dataChecked(dataFacts(**opened), true);
            count(**opened, path.toStdString(), question);
        } else
            Q_EMIT dataChecked(QString::fromStdString(text::errorMessage(opened.error())), false);
    });
}

/// Scans it as a run would, until there is another question or it has been long enough.
void SetUpProbe::count(DataSet& dataSet, const std::string& path, quint64 question)
{
    DataCount found;
    found.path = path;
    std::unordered_set<std::string> classes;
    std::size_t stride = 1; ///< every so many-th item is kept as a sample
    QElapsedTimer since;
    since.start();
    const auto add = [&](const ItemRecord& item) {
        found.bytes += item.bytes;
        found.broken += item.scanError.code != ErrorCode::None;
        if (!item.expected.empty() && classes.size() < mostClasses)
            classes.insert(item.expected);
        if (found.items++ % stride != 0 || item.scanError.code != ErrorCode::None)
            return;
        found.sample.push_back(item);
        if (found.sample.size() < 2 * sampleItems)
            return;
        for (std::size_t i = 0; i < sampleItems; ++i)
            found.sample[i] = found.sample[2 * i];
        found.sample.resize(sampleItems);
        stride *= 2;
    };
    const auto result = dataSet.scan(
        [&](std::vector<ItemRecord> items) {
            for (const ItemRecord& item : items)
                add(item);
            found.classes = classes.size();
            found.isCut = found.items >= mostCounted;
            if (found.isCut)
                m_enough = true;
            if (!m_enough && since.elapsed() > tellEveryMs) {
                since.restart();
                Q_EMIT dataCounted(found);
            }
        },
        m_enough);
    if (question != m_dataQuestion)
        return;
    if (!result && !found.isCut) {
        Q_EMIT dataChecked(QString::fromStdString(text::errorMessage(result.error())), false);
        return;
    }
    found.isDone = !found.isCut;
    Q_EMIT dataCounted(found);
}

void SetUpProbe::tellApart(const QString& path)
{
    ++m_dataQuestion; // or it would wait until the data set in the field has been counted
    m_enough = true;
    QMetaObject::invokeMethod(m_worker, [this, path] {
        const bool isModel = QFileInfo::exists(path + QStringLiteral("/config.json"));
        Q_EMIT toldApart(path, isModel);
    });
}

void SetUpProbe::checkModel(const QString& directory)
{
    QMetaObject::invokeMethod(m_worker, [this, directory, question = ++m_modelQuestion] {
        if (question != m_modelQuestion || directory.isEmpty())
            return;
        const auto model = readModelInfo(directory.toStdString());
        if (question != m_modelQuestion)
            return;
        if (model)
            Q_EMIT modelChecked(modelFacts(*model), true);
        else
            Q_EMIT modelChecked(QString::fromStdString(text::errorMessage(model.error())), false);
    });
}

void SetUpProbe::readLog(const QString& file)
{
    QMetaObject::invokeMethod(m_worker, [this, file] {
        QFile log(file);
        if (!log.open(QIODevice::ReadOnly)) {
            Q_EMIT logUnreadable(file, log.errorString());
            return;
        }
        log.seek(std::max<qint64>(0, log.size() - logTailBytes));
        const QString tail = QString::fromUtf8(log.read(logTailBytes));
        QStringList lines = tail.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        if (log.size() > logTailBytes && !lines.isEmpty())
            lines.removeFirst(); // its beginning is cut off
        Q_EMIT logRead(file, lines.mid(std::max<qsizetype>(0, lines.size() - logTailLines)));
    });
}

} // namespace vitfleet::app
