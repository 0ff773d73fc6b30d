// SPDX-License-Identifier: GPL-3.0-or-later
// Small pictures for views, made by vitfleet-decoder: this process never decodes a user's picture itself.
#pragma once

#include "app/core/data/data_set.h"

#include <QCache>
#include <QImage>
#include <QObject>
#include <QSet>

#include <filesystem>
#include <memory>
#include <vector>

namespace vitfleet::app {

class ThumbnailCache : public QObject
{
    Q_OBJECT
public:
    static constexpr int edge = 96; ///< pixels; pictures are cropped to a square

    /// `decoder`: the program. Without it, or where it does not start, there are no thumbnails.
    /// `folder`: where they are kept for the next time; empty: nowhere.
    explicit ThumbnailCache(std::filesystem::path decoder, std::filesystem::path folder = {},
                            QObject* parent = nullptr);
    ~ThumbnailCache() override;

    /// What the items are read from, and the run whose numbers they have (none: those of the scan that is shown). Drops
    /// everything cached for another one: in the next run over the same folder a number may mean another picture.
    /// `dataSetChanged` follows.
    void setDataSet(const DataSetSpec& spec, RunId run = {});
    /// The picture, if it is there; otherwise a null one, and `ready` follows if it can be made. Of a run that is not
    /// the data set's, nothing is known and nothing is asked.
    QImage thumbnail(RunId run, const ItemRecord& item);
    /// No picture can be made of this item.
    bool isImpossible(RunId run, ItemId item) const { return run == m_run && m_impossible.contains(item.value); }

Q_SIGNALS:
    void ready(quint32 item);
    void dataSetChanged();

private:
    class Reader;
    void retire();

    std::filesystem::path m_decoder, m_folder;
    std::unique_ptr<Reader> m_reader;
    RunId m_run;                                    ///< whose items m_reader's are
    std::vector<std::unique_ptr<Reader>> m_retired; ///< stopping; none of them is waited for in the window's thread
    QCache<quint32, QImage> m_cache;
    QSet<quint32> m_asked; ///< on their way
    QSet<quint32> m_impossible;
    quint64 m_generation = 0;
};

} // namespace vitfleet::app
