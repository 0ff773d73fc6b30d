// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/page.h"

#include "app/ui/widgets.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr int headerHeight = 32;

} // namespace

Page::Page(const QString& title, QWidget* parent)
    : QWidget(parent), m_column(new QVBoxLayout(this)), m_title(makeLabel(title, "title"))
{
    setObjectName(QStringLiteral("page"));
    m_column->setContentsMargins(pageMargin, pageTop, pageMargin, cardGap);
    m_column->setSpacing(cardGap);
    auto* header = new QWidget;
    header->setFixedHeight(headerHeight);
    m_header = new QHBoxLayout(header);
    m_header->setContentsMargins(0, 0, 0, 0);
    m_header->setSpacing(10);
    m_header->addWidget(m_title);
    m_column->addWidget(header);
}

} // namespace vitfleet::app
