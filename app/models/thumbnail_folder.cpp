// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/thumbnail_folder.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QSaveFile>

#include <algorithm>
#include <cstring>
#include <vector>

namespace vitfleet::app {
namespace {

constexpr char magic[] = "VFTHUMB1";
constexpr qsizetype magicSize = sizeof magic - 1;
constexpr qint64 largestFile = 256 * 1024;

} // namespace

ThumbnailFolder::ThumbnailFolder(std::filesystem::path folder) : m_folder(QString::fromStdString(folder.string())) {}

QString ThumbnailFolder::fileOf(const std::string& dataSet, const ItemRecord& item) const
{
    if (m_folder.isEmpty())
        return {};
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayView(dataSet.data(), static_cast<qsizetype>(dataSet.size())));
    hash.addData(QByteArrayView("\0", 1));
    hash.addData(QByteArrayView(item.path.data(), static_cast<qsizetype>(item.path.size())));
    hash.addData(QByteArrayView(reinterpret_cast<const char*>(&item.bytes), sizeof item.bytes));
    hash.addData(QByteArrayView(reinterpret_cast<const char*>(item.headHash.data()),
                                static_cast<qsizetype>(item.headHash.size())));
    const QString name = QString::fromLatin1(hash.result().toHex().left(40));
    return m_folder + QLatin1Char('/') + name.left(2) + QLatin1Char('/') + name.mid(2);
}

QImage ThumbnailFolder::load(const QString& name, int edge) const
{
    QFile file(name);
    if (name.isEmpty() || !file.open(QIODevice::ReadOnly) || file.size() > largestFile)
        return {};
    const QByteArray content = file.readAll();
    if (!content.startsWith(magic))
        return {};
    const QByteArray pixels = qUncompress(content.mid(magicSize));
    const auto row = static_cast<qsizetype>(edge) * 3;
    if (pixels.size() != row * edge)
        return {};
    const QImage image(reinterpret_cast<const uchar*>(pixels.constData()), edge, edge, row, QImage::Format_RGB888);
    return image.convertToFormat(QImage::Format_RGB32);
}

void ThumbnailFolder::store(const QString& name, const QImage& image) const
{
    if (name.isEmpty())
        return;
    const QImage plain = image.convertToFormat(QImage::Format_RGB888);
    const auto row = static_cast<qsizetype>(plain.width()) * 3;
    QByteArray pixels(row * plain.height(), Qt::Uninitialized);
    for (int y = 0; y < plain.height(); ++y)
        std::memcpy(pixels.data() + row * y, plain.constScanLine(y), static_cast<std::size_t>(row));
    QDir().mkpath(name.section(QLatin1Char('/'), 0, -2));
    QSaveFile file(name); // all of it or nothing
    if (file.open(QIODevice::WriteOnly) && file.write(QByteArray(magic) + qCompress(pixels, 1)) > 0)
        file.commit();
}

void ThumbnailFolder::prune(int most) const
{
    if (m_folder.isEmpty())
        return;
    std::vector<std::pair<qint64, QString>> files;
    QDirIterator all(m_folder, QDir::Files, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        all.next();
        files.emplace_back(all.fileInfo().lastModified().toMSecsSinceEpoch(), all.filePath());
    }
    if (files.size() <= static_cast<std::size_t>(most))
        return;
    std::ranges::sort(files);
    // A tenth more than needed, so that the next start has nothing to do.
    const auto remove =
        std::min(files.size(), files.size() - static_cast<std::size_t>(most) + static_cast<std::size_t>(most) / 10);
    for (std::size_t i = 0; i < remove; ++i)
        QFile::remove(files[i].second);
}

} // namespace vitfleet::app
