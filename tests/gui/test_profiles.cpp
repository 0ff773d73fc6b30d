// SPDX-License-Identifier: GPL-3.0-or-later
// The profile editor: from the Run page and from the Settings, wrong values, a trial, what is saved and taken back.
#include "app/ui/inputs.h"
#include "app/ui/node_source.h"
#include "app/ui/profile_card.h"
#include "app/ui/profile_editor.h"
#include "app/ui/profile_fields.h"
#include "app/ui/run_page.h"
#include "app/ui/run_set_up.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QLineEdit>
#include <QPlainTextEdit>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestProfiles : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aProfileIsMade();
    void wrongValuesAreSaidBesideThem();
    void itIsTriedBeforeItIsSaved();
    void oneIsChangedAndDeleted();
    void aBrokenFileIsNotWrittenTo();
    void everyProviderHasItsFields();
};

namespace {

const std::string file = "# Ours.\n[profile.cluster]\nprovider = \"slurm\"\npartition = \"gpu\" # fast\n";

template <typename T>
T* field(ProfileEditor& editor, const char* key)
{
    return qobject_cast<T*>(editor.fields().field(key));
}

ProfileEditor* openFromRunPage(Stage& stage)
{
    stage.window->showPage(MainWindow::RunPageIndex);
    QTest::mouseClick(&stage.window->runPage().setUp().source().edit(), Qt::LeftButton);
    auto* editor = stage.window->findChild<ProfileEditor*>();
    if (editor)
        editor->setAttribute(Qt::WA_DeleteOnClose, false); // the test looks at it later
    return editor;
}

} // namespace

/// On a first day: from nothing to a profile that the Run page offers.
void TestProfiles::aProfileIsMade()
{
    Stage stage;
    ProfileEditor* editor = openFromRunPage(stage);
    QVERIFY(editor && editor->isVisible());
    QCOMPARE(editor->profiles().count(), 1); // a new one
    editor->name().setText(QStringLiteral("lab"));
    editor->provider().setCurrentIndex(editor->provider().findText(QStringLiteral("ssh")));
    QVERIFY(!editor->fields().field("partition"));
    auto* hosts = field<QPlainTextEdit>(*editor, "hosts");
    QVERIFY(hosts);
    hosts->setPlainText(QStringLiteral("node-a\nme@node-b"));
    field<QLineEdit>(*editor, "max_nodes")->setText(QStringLiteral("2"));
    QTest::mouseClick(&editor->save(), Qt::LeftButton);
    QTRY_VERIFY2(editor->message().contains(QStringLiteral("lab is saved")), qPrintable(editor->message()));
    QCOMPARE(*stage.scaleOut.settings(),
             std::string("[profile.lab]\nprovider = \"ssh\"\nhosts = [\"node-a\", \"me@node-b\"]\nmax_nodes = 2\n"));
    QCOMPARE(editor->profiles().currentData().toString(), QStringLiteral("lab"));
    NodeSource& source = stage.window->runPage().setUp().source();
    QTRY_COMPARE(source.box().findData(QStringLiteral("lab")), 1);
    stage.shoot(QStringLiteral("profile-run"));
}

void TestProfiles::wrongValuesAreSaidBesideThem()
{
    Stage stage;
    QVERIFY(stage.scaleOut.setSettings({}, file).ok());
    ProfileEditor* editor = openFromRunPage(stage);
    QTRY_COMPARE(editor->profiles().count(), 2);
    editor->profiles().setCurrentIndex(0);
    field<QLineEdit>(*editor, "partition")->setText(QStringLiteral("a;b"));
    QVERIFY2(editor->fields().problemOf("partition").contains(QStringLiteral("E_SLURM_FIELD")),
             qPrintable(editor->fields().problemOf("partition")));
    field<QLineEdit>(*editor, "max_nodes")->setText(QStringLiteral("many"));
    QVERIFY(editor->fields().problemOf("max_nodes").contains(QStringLiteral("E_SETTINGS")));
    editor->name().setText(QStringLiteral("a b"));
    QVERIFY(editor->nameProblem().contains(QStringLiteral("letters")));
    if (const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS"); !folder.isEmpty())
        editor->grab().save(folder + QStringLiteral("/profile-wrong.png"));
    QTest::mouseClick(&editor->save(), Qt::LeftButton);
    QVERIFY2(editor->message().contains(QLatin1Char('3')), qPrintable(editor->message()));
    QCOMPARE(*stage.scaleOut.settings(), file);
    // Right again, it is said no more.
    field<QLineEdit>(*editor, "partition")->setText(QStringLiteral("gpu"));
    QVERIFY(editor->fields().problemOf("partition").isEmpty());
    // What nobody has written yet is not nagged about before it is to be saved.
    editor->profiles().setCurrentIndex(1);
    editor->provider().setCurrentIndex(editor->provider().findText(QStringLiteral("kubernetes")));
    QVERIFY(editor->fields().problemOf("image").isEmpty() && editor->nameProblem().isEmpty());
    QTest::mouseClick(&editor->save(), Qt::LeftButton);
    QVERIFY(!editor->fields().problemOf("image").isEmpty() && !editor->nameProblem().isEmpty());
}

void TestProfiles::itIsTriedBeforeItIsSaved()
{
    Stage stage;
    QVERIFY(stage.scaleOut.setSettings({}, file).ok());
    ProfileEditor* editor = openFromRunPage(stage);
    QTRY_COMPARE(editor->profiles().count(), 2);
    editor->profiles().setCurrentIndex(0);
    field<QLineEdit>(*editor, "partition")->setText(QStringLiteral("cpu"));
    field<QLineEdit>(*editor, "price_per_node_hour")->setText(QStringLiteral("0.8"));
    editor->nodes().setValue(3);
    QTest::mouseClick(&editor->tryIt(), Qt::LeftButton);
    QTRY_VERIFY(editor->plan().contains(QStringLiteral("--array=0-2")));
    QVERIFY(editor->plan().contains(QStringLiteral("--partition=cpu")));
    const QString cost = QLocale().toString(2.4, 'f', 2);
    QVERIFY2(editor->message().contains(cost + QStringLiteral(" EUR")), qPrintable(editor->message()));
    QVERIFY(stage.scaleOut.asked().isEmpty()); // nothing is started
    QCOMPARE(*stage.scaleOut.settings(), file);
    if (const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS"); !folder.isEmpty())
        editor->grab().save(folder + QStringLiteral("/profile-tried.png"));
    editor->nodes().setValue(65);
    QTest::mouseClick(&editor->tryIt(), Qt::LeftButton);
    QTRY_VERIFY(editor->message().contains(QStringLiteral("E_TOO_MANY_NODES")));
    QVERIFY(editor->plan().isEmpty());
}

/// From the Settings: a changed value leaves comments alone, what is deleted can be taken back.
void TestProfiles::oneIsChangedAndDeleted()
{
    Stage stage;
    QVERIFY(stage.scaleOut.setSettings({}, file).ok());
    stage.window->showPage(MainWindow::SettingsPageIndex);
    auto* card = stage.window->findChild<ProfileCard*>();
    QVERIFY(card);
    QTRY_COMPARE(card->text(), QStringLiteral("cluster (slurm)"));
    QTest::mouseClick(&card->edit(), Qt::LeftButton);
    auto* editor = stage.window->findChild<ProfileEditor*>();
    QVERIFY(editor);
    QTRY_COMPARE(editor->profiles().count(), 2);
    editor->profiles().setCurrentIndex(0);
    field<QLineEdit>(*editor, "partition")->setText(QStringLiteral("cpu"));
    editor->name().setText(QStringLiteral("big"));
    QTest::mouseClick(&editor->save(), Qt::LeftButton);
    const std::string after = "# Ours.\n[profile.big]\nprovider = \"slurm\"\npartition = \"cpu\" # fast\n";
    QTRY_COMPARE(*stage.scaleOut.settings(), after);
    QTRY_COMPARE(card->text(), QStringLiteral("big (slurm)"));
    QTest::mouseClick(&editor->remove(), Qt::LeftButton);
    QTRY_COMPARE(*stage.scaleOut.settings(), std::string("# Ours.\n"));
    QTRY_COMPARE(editor->profiles().count(), 1); // the form knows it, too
    QVERIFY(stage.undo.isOffered());
    stage.undo.undo();
    QTRY_COMPARE(*stage.scaleOut.settings(), after);
    // Changed by somebody else meanwhile: nothing is overwritten.
    editor->name().setText(QStringLiteral("new"));
    QTest::mouseClick(&editor->save(), Qt::LeftButton);
    QTRY_VERIFY2(editor->message().contains(QStringLiteral("changed meanwhile")), qPrintable(editor->message()));
    QCOMPARE(*stage.scaleOut.settings(), after);
}

void TestProfiles::aBrokenFileIsNotWrittenTo()
{
    Stage stage;
    stage.scaleOut.breakSettings("[profile.a]\nprovider = \"pbs\"\n");
    ProfileEditor* editor = openFromRunPage(stage);
    QTRY_VERIFY2(editor->message().contains(QStringLiteral("E_SETTINGS")), qPrintable(editor->message()));
    QVERIFY(!editor->save().isEnabled());
}

/// Names in words for every key, and none twice in one form.
void TestProfiles::everyProviderHasItsFields()
{
    Stage stage;
    ProfileEditor* editor = openFromRunPage(stage);
    for (const ProviderKind kind :
         {ProviderKind::Local, ProviderKind::Ssh, ProviderKind::Slurm, ProviderKind::Kubernetes}) {
        editor->provider().setCurrentIndex(editor->provider().findData(static_cast<int>(kind)));
        QSet<QString> names;
        for (const ProfileKey& key : profileKeys(kind)) {
            QWidget* widget = editor->fields().field(key.name);
            QVERIFY2(widget, key.name.c_str());
            QVERIFY2(widget->accessibleName() != QString::fromStdString(key.name), key.name.c_str());
            QVERIFY2(!names.contains(widget->accessibleName()), key.name.c_str());
            names.insert(widget->accessibleName());
        }
        if (const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS"); !folder.isEmpty())
            editor->grab().save(folder + QStringLiteral("/profile-%1.png").arg(editor->provider().currentText()));
    }
}

static const Registered<TestProfiles> registered;
#include "test_profiles.moc"
