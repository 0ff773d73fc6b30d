// SPDX-License-Identifier: GPL-3.0-or-later
// Thumbnails that were made once, in files of our own format: pixels, packed. A picture's file is named by where it
// lies, its size and the hash of its head, so another picture never gets it. Any thread; methods wait for the disk.
#pragma once

#include "app/core/records.h"

#include <QImage>
#include <QString>

#include <filesystem>
#include <string>

namespace vitfleet::app {

class ThumbnailFolder
{
public:
    static constexpr int mostFiles = 20'000; ///< about 250 MB

    /// Empty: nothing is kept.
    explicit ThumbnailFolder(std::filesystem::path folder);

    /// Empty where nothing is kept.
    QString fileOf(const std::string& dataSet, const ItemRecord& item) const;
    /// Null where there is none, or none of this size.
    QImage load(const QString& file, int edge) const;
    void store(const QString& file, const QImage& image) const;
    /// Removes the oldest above `most`.
    void prune(int most = mostFiles) const;

private:
    QString m_folder;
};

} // namespace vitfleet::app
