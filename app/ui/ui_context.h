// SPDX-License-Identifier: GPL-3.0-or-later
// What every page needs: made once by app/main, or by a test.
#pragma once

#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/engine.h"
#endif

#include <QString>

#include <functional>

namespace vitfleet::app {

class Actions;
class FleetHistory;
class FleetSource;
class ResultsLoader;
class ScaleOut;
class SetUpProbe;
class StoreAsker;
class Theme;
class ThumbnailCache;
class UiSettings;
class Undo;

struct UiContext
{
    FleetSource& fleet;
    FleetHistory& history;
    ResultsLoader& results;
    StoreAsker& asker;
    ThumbnailCache& thumbnails;     ///< of the run whose results are shown
    ThumbnailCache& liveThumbnails; ///< of the run that goes
    ThumbnailCache& preview;        ///< of a data set that is only being looked at
    SetUpProbe& probe;
    Theme& theme;
    UiSettings& settings;
    Undo& undo;
    QString database{}; ///< its path; the status bar shows the last part
    QString demoData{}; ///< the data set and the model that come with the program
    QString demoModel{};
    quint32 demoAgents = 2;
    quint64 demoLimit = 0;        ///< 0: all pictures
    ScaleOut* scaleOut = nullptr; ///< where nodes of profiles come from; null: from nowhere
    Actions* actions = nullptr;   ///< the window's
    /// Of the agent whose address line it is, for people to compare; empty where the line has no key.
    std::function<QString(const QString& addressLine)> fingerprintOf = [](const QString&) { return QString(); };

    /// The run that *Start demo fleet* starts.
    RunRequest demoRequest() const
    {
        RunRequest request;
        request.dataPath = demoData.toStdString();
        request.modelPath = demoModel.toStdString();
        request.localAgents = demoAgents;
        request.limit = demoLimit;
        return request;
    }
};

} // namespace vitfleet::app
