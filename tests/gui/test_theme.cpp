// SPDX-License-Identifier: GPL-3.0-or-later
// Over the theme file: every colour that text is written in can be read on every ground that it stands on.
#include "app/ui/system_look.h"
#include "app/ui/theme.h"

#include <QDBusAbstractAdaptor>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QtTest>

#include <cmath>

using vitfleet::app::Colours;
using vitfleet::app::Theme;

namespace {

/// Relative luminance and contrast as WCAG 2.1 defines them.
double luminance(const QColor& colour)
{
    const auto linear = [](double c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(const QColor& a, const QColor& b)
{
    const double first = luminance(a), second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

/// The desktop's portal, as far as it speaks of the look: Read answers with a variant in a variant.
class Portal : public QDBusAbstractAdaptor
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")
public:
    Portal(QObject* parent, uint scheme) : QDBusAbstractAdaptor(parent), m_scheme(scheme) {}
    QStringList asked;

public Q_SLOTS:
    QDBusVariant Read(const QString& group, const QString& key)
    {
        asked << group + u' ' + key;
        return QDBusVariant(QVariant::fromValue(QDBusVariant(m_scheme)));
    }

private:
    uint m_scheme;
};

} // namespace

class TestTheme : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void textIsReadable_data();
    void textIsReadable();
    void sheetHasNoColours();
    void changesLive();
    void portalIsFollowed();
    void cleanupTestCase();

private:
    QProcess m_bus;
};

/// A session's bus of the test's own, before anything asks for one.
void TestTheme::initTestCase()
{
    m_bus.start(QStringLiteral("dbus-daemon"),
                {QStringLiteral("--session"), QStringLiteral("--nofork"), QStringLiteral("--print-address")});
    if (!m_bus.waitForStarted())
        return;
    QTRY_VERIFY(m_bus.canReadLine());
    qputenv("DBUS_SESSION_BUS_ADDRESS", m_bus.readLine().trimmed());
}

void TestTheme::cleanupTestCase()
{
    m_bus.kill();
    m_bus.waitForFinished();
}

void TestTheme::textIsReadable_data()
{
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void TestTheme::textIsReadable()
{
    QFETCH(bool, dark);
    const Colours c = Theme::load(dark);
    const std::pair<const char*, QColor> texts[] = {{"text", c.text},     {"textSecondary", c.textSecondary},
                                                    {"accent", c.accent}, {"ok", c.ok},
                                                    {"held", c.held},     {"warning", c.warning},
                                                    {"error", c.error}};
    const std::pair<const char*, QColor> grounds[] = {
        {"window", c.window}, {"surface", c.surface}, {"raised", c.raised}, {"accentSoft", c.accentSoft}};
    for (const auto& [text, ink] : texts) {
        QVERIFY2(ink.isValid(), text);
        for (const auto& [ground, paper] : grounds) {
            const double ratio = contrast(ink, paper);
            QVERIFY2(ratio >= 4.5, qPrintable(QStringLiteral("%1 on %2: %3")
                                                  .arg(QLatin1String(text), QLatin1String(ground))
                                                  .arg(ratio, 0, 'f', 2)));
        }
    }
    QVERIFY(contrast(c.onAccent, c.accent) >= 4.5);
}

void TestTheme::sheetHasNoColours()
{
    const Theme theme;
    for (const QString& name : {QStringLiteral(":/vitfleet/theme/window.qss")}) {
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString sheet = QString::fromUtf8(file.readAll());
        QVERIFY(!sheet.contains(QRegularExpression(QStringLiteral("#[0-9A-Fa-f]{6}|rgba?\\("))));
    }
    QVERIFY(!qApp->styleSheet().contains(QLatin1Char('$')));
}

void TestTheme::changesLive()
{
    Theme theme;
    theme.setMode(Theme::Mode::Light);
    const QString light = qApp->styleSheet();
    QSignalSpy changed(&theme, &Theme::changed);
    theme.setMode(Theme::Mode::Dark);
    QCOMPARE(changed.size(), 1);
    QVERIFY(theme.colours().dark);
    QVERIFY(qApp->styleSheet() != light);
    theme.setMode(Theme::Mode::Dark);
    QCOMPARE(changed.size(), 1);
}

/// What the desktop's portal says counts, at the start and whenever it says something else; over a bus of the test's
/// own.
void TestTheme::portalIsFollowed()
{
    if (m_bus.state() != QProcess::Running)
        QSKIP("dbus-daemon is not installed: nobody answers for the portal");
    QDBusConnection desktop = QDBusConnection::connectToBus(QDBusConnection::SessionBus, QStringLiteral("portal"));
    QVERIFY2(desktop.isConnected(), qPrintable(desktop.lastError().message()));
    QObject object;
    auto* portal = new Portal(&object, 1);
    QVERIFY(desktop.registerObject(QStringLiteral("/org/freedesktop/portal/desktop"), &object));
    QVERIFY(desktop.registerService(QStringLiteral("org.freedesktop.portal.Desktop")));
    const auto tell = [&desktop](const QString& group, const QString& key, uint value) {
        QDBusMessage signal = QDBusMessage::createSignal(QStringLiteral("/org/freedesktop/portal/desktop"),
                                                         QStringLiteral("org.freedesktop.portal.Settings"),
                                                         QStringLiteral("SettingChanged"));
        signal << group << key << QVariant::fromValue(QDBusVariant(value));
        return desktop.send(signal);
    };
    const QString appearance = QStringLiteral("org.freedesktop.appearance");
    const QString scheme = QStringLiteral("color-scheme");
    vitfleet::app::SystemLook look;
    QTRY_VERIFY(look.isDark());
    QCOMPARE(portal->asked, QStringList(QStringLiteral("org.freedesktop.appearance color-scheme")));
    QVERIFY(tell(appearance, scheme, 2));
    QTRY_VERIFY(!look.isDark());
    // What is about something else changes nothing; the next that is about it does.
    QSignalSpy changed(&look, &vitfleet::app::SystemLook::changed);
    QVERIFY(tell(appearance, QStringLiteral("contrast"), 1));
    QVERIFY(tell(QStringLiteral("org.gnome.desktop.interface"), scheme, 1));
    QVERIFY(tell(appearance, scheme, 1));
    QTRY_VERIFY(look.isDark());
    QCOMPARE(changed.size(), 1);
}

QTEST_MAIN(TestTheme)
#include "test_theme.moc"
