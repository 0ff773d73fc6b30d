// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/kept_splitter.h"

#include "app/models/ui_settings.h"
#include "app/ui/widgets.h"

#include <algorithm>

namespace vitfleet::app {

KeptSplitter::KeptSplitter(const QString& name, UiSettings& settings,
                           const std::vector<std::pair<QWidget*, int>>& cards, QWidget* parent)
    : QSplitter(Qt::Vertical, parent)
{
    setHandleWidth(cardGap);
    setChildrenCollapsible(false);
    for (const auto& [card, share] : cards) {
        addWidget(card);
        setStretchFactor(indexOf(card), share);
    }
    const QString key = QStringLiteral("layout/") + name;
    restoreState(settings.bytes(key));
    connect(this, &QSplitter::splitterMoved, this, [this, key, &settings] { settings.set(key, saveState()); });
    connect(&settings, &UiSettings::changed, this, [this](const QString& group) {
        if (group == QLatin1String("layout"))
            reset();
    });
}

/// As on the first day: what each card wants, and its share of the rest.
void KeptSplitter::reset()
{
    QList<int> wanted;
    int rest = height() - (count() - 1) * handleWidth(), shares = 0;
    for (int i = 0; i < count(); ++i) {
        wanted << std::max(widget(i)->sizeHint().height(), widget(i)->minimumSizeHint().height());
        rest -= wanted.back();
        shares += widget(i)->sizePolicy().verticalStretch();
    }
    for (int i = 0; i < count() && rest > 0; ++i)
        wanted[i] += rest * widget(i)->sizePolicy().verticalStretch() / std::max(1, shares);
    setSizes(wanted);
}

} // namespace vitfleet::app
