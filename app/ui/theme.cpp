// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/theme.h"

#include "app/ui/system_look.h"

#include <QApplication>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPainter>
#include <QPalette>
#include <QProxyStyle>
#include <QStyleFactory>
#include <QSvgRenderer>

namespace vitfleet::app {
namespace {

QPixmap tinted(const QString& name, const QColor& colour)
{
    constexpr int size = 24;
    constexpr int scale = 2;
    QSvgRenderer renderer(QStringLiteral(":/vitfleet/icons/%1.svg").arg(name));
    QPixmap pixmap(size * scale, size * scale);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter);
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(pixmap.rect(), colour);
    painter.end();
    pixmap.setDevicePixelRatio(scale);
    return pixmap;
}

/// Tooltips tell names of files and words of other computers. None of ours is rich text, so that none of theirs is:
/// it would be laid out, and its pictures decoded, in this process.
class PlainTips : public QProxyStyle
{
public:
    PlainTips() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}
    using QProxyStyle::polish;
    void polish(QWidget* widget) override
    {
        QProxyStyle::polish(widget);
        if (widget->inherits("QTipLabel"))
            static_cast<QLabel*>(widget)->setTextFormat(Qt::PlainText);
    }
};

} // namespace
} // namespace vitfleet::app

/// Resources of a static library are linked only where they are asked for, and from outside any namespace.
static void initResources()
{
    Q_INIT_RESOURCE(vitfleet);
}

namespace vitfleet::app {

Theme::Theme(QObject* parent) : QObject(parent), m_system(new SystemLook(this))
{
    initResources();
    connect(m_system, &SystemLook::changed, this, [this] {
        if (m_mode == Mode::System)
            apply();
    });
    QApplication::setStyle(new PlainTips);
    apply();
}

Colours Theme::load(bool dark)
{
    initResources();
    QFile file(QStringLiteral(":/vitfleet/theme/theme.json"));
    const bool opened = file.open(QIODevice::ReadOnly);
    Q_ASSERT(opened);
    const QJsonObject all = QJsonDocument::fromJson(file.readAll()).object();
    const QJsonObject tokens = all.value(dark ? QLatin1String("dark") : QLatin1String("light")).toObject();
    const auto colour = [&tokens](QLatin1String name) { return QColor(tokens.value(name).toString()); };
    Colours out;
    out.window = colour(QLatin1String("window"));
    out.surface = colour(QLatin1String("surface"));
    out.raised = colour(QLatin1String("raised"));
    out.line = colour(QLatin1String("line"));
    out.grid = colour(QLatin1String("grid"));
    out.text = colour(QLatin1String("text"));
    out.textSecondary = colour(QLatin1String("textSecondary"));
    out.accent = colour(QLatin1String("accent"));
    out.accentSoft = colour(QLatin1String("accentSoft"));
    out.onAccent = colour(QLatin1String("onAccent"));
    out.ok = colour(QLatin1String("ok"));
    out.held = colour(QLatin1String("held"));
    out.warning = colour(QLatin1String("warning"));
    out.error = colour(QLatin1String("error"));
    out.dark = dark;
    return out;
}

void Theme::setMode(Mode mode)
{
    if (m_mode == mode)
        return;
    m_mode = mode;
    apply();
}

void Theme::apply()
{
    m_colours = load(m_mode == Mode::Dark || (m_mode == Mode::System && m_system->isDark()));
    QPalette palette;
    palette.setColor(QPalette::Window, m_colours.window);
    palette.setColor(QPalette::WindowText, m_colours.text);
    palette.setColor(QPalette::Base, m_colours.surface);
    palette.setColor(QPalette::AlternateBase, m_colours.raised);
    palette.setColor(QPalette::Text, m_colours.text);
    palette.setColor(QPalette::PlaceholderText, m_colours.textSecondary);
    palette.setColor(QPalette::Button, m_colours.surface);
    palette.setColor(QPalette::ButtonText, m_colours.text);
    palette.setColor(QPalette::ToolTipBase, m_colours.raised);
    palette.setColor(QPalette::ToolTipText, m_colours.text);
    palette.setColor(QPalette::Highlight, m_colours.accentSoft);
    palette.setColor(QPalette::HighlightedText, m_colours.text);
    palette.setColor(QPalette::Link, m_colours.accent);
    palette.setColor(QPalette::Mid, m_colours.line);
    for (const auto role : {QPalette::Text, QPalette::ButtonText, QPalette::WindowText})
        palette.setColor(QPalette::Disabled, role, m_colours.textSecondary);
    QApplication::setPalette(palette);
    qApp->setStyleSheet(styleSheet());
    Q_EMIT changed();
}

QIcon Theme::icon(const QString& name) const
{
    QIcon icon;
    icon.addPixmap(tinted(name, m_colours.textSecondary), QIcon::Normal, QIcon::Off);
    icon.addPixmap(tinted(name, m_colours.accent), QIcon::Normal, QIcon::On);
    return icon;
}

QString Theme::styleSheet() const
{
    QFile file(QStringLiteral(":/vitfleet/theme/window.qss"));
    const bool opened = file.open(QIODevice::ReadOnly);
    Q_ASSERT(opened);
    QString sheet = QString::fromUtf8(file.readAll());
    // Longer names first: $text is a prefix of $textSecondary.
    const std::pair<const char*, QColor> tokens[] = {
        {"$textSecondary", m_colours.textSecondary},
        {"$accentSoft", m_colours.accentSoft},
        {"$onAccent", m_colours.onAccent},
        {"$window", m_colours.window},
        {"$surface", m_colours.surface},
        {"$warning", m_colours.warning},
        {"$raised", m_colours.raised},
        {"$accent", m_colours.accent},
        {"$error", m_colours.error},
        {"$line", m_colours.line},
        {"$grid", m_colours.grid},
        {"$text", m_colours.text},
        {"$held", m_colours.held},
        {"$ok", m_colours.ok},
    };
    for (const auto& [token, colour] : tokens)
        sheet.replace(QLatin1String(token), colour.name());
    return sheet;
}

} // namespace vitfleet::app
