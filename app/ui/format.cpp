// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/format.h"

#include "app/core/text.h"

#include <QDateTime>
#include <QLocale>

#include <cmath>

namespace vitfleet::app {

QString formatCount(quint64 value)
{
    return QLocale().toString(value);
}

QString formatRate(double imagesPerSecond)
{
    return formatCount(static_cast<quint64>(std::max(0.0, imagesPerSecond) + 0.5));
}

QString formatDuration(std::optional<double> seconds)
{
    if (!seconds || !std::isfinite(*seconds))
        return QStringLiteral("–");
    const auto whole = static_cast<qint64>(std::ceil(*seconds));
    const QLatin1Char zero('0');
    if (whole >= 3600)
        return QStringLiteral("%1:%2:%3")
            .arg(whole / 3600)
            .arg(whole / 60 % 60, 2, 10, zero)
            .arg(whole % 60, 2, 10, zero);
    return QStringLiteral("%1:%2").arg(whole / 60).arg(whole % 60, 2, 10, zero);
}

QString formatPercent(double share, int decimals)
{
    return QLocale().toString(share * 100.0, 'f', decimals) + QStringLiteral(" %");
}

QString formatShare(quint64 part, quint64 total)
{
    if (total == 0)
        return QStringLiteral("–");
    const double share = static_cast<double>(part) / static_cast<double>(total);
    return formatPercent(part < total ? std::min(share, 0.999) : 1.0);
}

QString formatAccuracy(quint64 correct, quint64 total)
{
    if (total == 0)
        return QStringLiteral("–");
    const text::Interval interval = text::wilson(correct, total);
    return QStringLiteral("%1 (%2–%3)")
        .arg(formatPercent(static_cast<double>(correct) / static_cast<double>(total)),
             QLocale().toString(interval.low * 100, 'f', 1), QLocale().toString(interval.high * 100, 'f', 1));
}

QString formatClock(UnixMs at)
{
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(at).time(), QStringLiteral("HH:mm:ss"));
}

QString formatError(const Error& error)
{
    const ErrorInfo& entry = info(error.code);
    return QStringLiteral("%1 %2 (%3)")
        .arg(QString::fromStdString(text::errorMessage(error)), fromView(entry.remedy), fromView(entry.name));
}

QString fromView(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace vitfleet::app
