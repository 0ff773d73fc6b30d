// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/counted.h"

#include <QCoreApplication>
#include <QLocale>

namespace vitfleet::app::counted {
namespace {

struct Counted
{
    Q_DECLARE_TR_FUNCTIONS(Counted)
public:
    static QString of(quint64 count, const QString& one, const QString& many)
    {
        return count == 1 ? one : many.arg(QLocale().toString(count));
    }
};

} // namespace

QString classes(quint64 count)
{
    return Counted::of(count, Counted::tr("1 class"), Counted::tr("%1 classes"));
}

QString cores(quint64 count)
{
    return Counted::of(count, Counted::tr("1 core"), Counted::tr("%1 cores"));
}

QString errors(quint64 count)
{
    return Counted::of(count, Counted::tr("1 error"), Counted::tr("%1 errors"));
}

QString events(quint64 count)
{
    return Counted::of(count, Counted::tr("1 event"), Counted::tr("%1 events"));
}

QString labels(quint64 count)
{
    return Counted::of(count, Counted::tr("1 label"), Counted::tr("%1 labels"));
}

QString nodes(quint64 count)
{
    return Counted::of(count, Counted::tr("1 node"), Counted::tr("%1 nodes"));
}

QString pictures(quint64 count)
{
    return Counted::of(count, Counted::tr("1 picture"), Counted::tr("%1 pictures"));
}

QString replicas(quint64 count)
{
    return Counted::of(count, Counted::tr("1 replica"), Counted::tr("%1 replicas"));
}

QString rows(quint64 count)
{
    return Counted::of(count, Counted::tr("1 row"), Counted::tr("%1 rows"));
}

} // namespace vitfleet::app::counted
