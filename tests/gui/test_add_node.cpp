// SPDX-License-Identifier: GPL-3.0-or-later
// The command for a machine: all of it can be read, in the smallest window and in either language.
#include "app/ui/fleet_page.h"
#include "tests/gui/german.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QDialog>
#include <QLineEdit>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestAddNode : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void commandFits_data();
    void commandFits();
};

void TestAddNode::commandFits_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("inGerman");
    for (const QSize size : {QSize(1024, 640), QSize(1280, 800)}) {
        for (const bool inGerman : {false, true})
            QTest::addRow("%d %s", size.width(), inGerman ? "de" : "en") << size << inGerman;
    }
}

void TestAddNode::commandFits()
{
    QFETCH(QSize, size);
    QFETCH(bool, inGerman);
    const std::unique_ptr<German> german(inGerman ? new German : nullptr);
    Stage stage;
    stage.fleet.key = QStringLiteral("mzxw6ytboi").repeated(5) + QStringLiteral("ab"); // 52 letters
    stage.open();
    stage.window->resize(size);
    const auto check = [&](const QWidget& where) {
        QCoreApplication::processEvents();
        const QLineEdit* command = nullptr;
        for (const QLineEdit* field : where.findChildren<QLineEdit*>()) {
            if (field->text().contains(stage.fleet.key))
                command = field;
        }
        QVERIFY(command && command->isVisible());
        const int room = command->width() - 2 * 12; // border, padding and margin
        const int needed = command->fontMetrics().horizontalAdvance(command->text());
        QVERIFY2(needed <= room, qPrintable(QStringLiteral("%1 > %2").arg(needed).arg(room)));
        const QPoint corner = command->mapTo(command->window(), QPoint(command->width(), command->height()));
        QVERIFY(command->window()->rect().contains(corner));
        QVERIFY(command->window()->width() <= size.width());
    };
    check(stage.window->fleetPage());
    if (QTest::currentTestFailed())
        return;
    stage.window->fleetPage().showAddNode();
    const auto* sheet = stage.window->findChild<QDialog*>();
    QVERIFY(sheet);
    check(*sheet);
}

static const Registered<TestAddNode> registered;
#include "test_add_node.moc"
