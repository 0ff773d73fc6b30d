// SPDX-License-Identifier: GPL-3.0-or-later
// The desktop application: arguments and wiring, nothing else.
#include "app/main/desktop.h"
#include "app/main/single_instance.h"
#include "app/main/unix_signals.h"
#include "app/models/ui_settings.h"
#include "app/ui/language.h"
#include "app/ui/main_window.h"
#include "app/ui/start_problem.h"
#include "app/ui/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <QTimer>

#include <cstdio>

namespace {

using namespace vitfleet::app;

constexpr int exitUsage = 2;
constexpr int exitCouldNotStart = 3;

QString tr(const char* text)
{
    return QCoreApplication::translate("main", text);
}

/// A whole number in range, or the program ends with a sentence.
quint64 number(const QCommandLineParser& parser, const QString& name, quint64 least, quint64 most)
{
    bool ok = false;
    const quint64 value = parser.value(name).toULongLong(&ok);
    if (ok && value >= least && value <= most)
        return value;
    const QString message = tr("vitfleet: --%1 takes a whole number from %2 to %3, not '%4'.\n")
                                .arg(name)
                                .arg(least)
                                .arg(most)
                                .arg(parser.value(name));
    std::fputs(qPrintable(message), stderr);
    std::exit(exitUsage);
}

void addOptions(QCommandLineParser& parser)
{
    parser.setApplicationDescription(tr("Classifies pictures with Vision Transformers on every machine you have."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOption({QStringLiteral("demo"), tr("Start the demo run at once.")});
    parser.addOption({QStringLiteral("agents"), tr("Agents on this machine for the demo (default 2)."),
                      QStringLiteral("N"), QStringLiteral("2")});
    parser.addOption({QStringLiteral("limit"), tr("Label only the first N pictures of the demo (default 0: all)."),
                      QStringLiteral("N"), QStringLiteral("0")});
    parser.addOption({QStringLiteral("db"),
                      tr("The database (default: vitfleet/vitfleet.db in the user's data folder)."),
                      QStringLiteral("FILE")});
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication::setApplicationName(QStringLiteral("vitfleet"));
    QCoreApplication::setApplicationVersion(QStringLiteral(VITFLEET_VERSION));
    QApplication application(argc, argv);
    QApplication::setDesktopFileName(QStringLiteral("vitfleet"));
    QCommandLineParser parser;
    addOptions(parser);
    parser.process(application);
    if (!parser.positionalArguments().isEmpty()) {
        std::fputs(
            qPrintable(
                tr("vitfleet: '%1' is no option; --help lists them.\n").arg(parser.positionalArguments().front())),
            stderr);
        return exitUsage;
    }
    DesktopOptions options;
    options.program = QCoreApplication::applicationFilePath().toStdString();
    options.database = parser.value(QStringLiteral("db")).toStdString();
    options.demoAgents = static_cast<quint32>(number(parser, QStringLiteral("agents"), 1, 64));
    options.demoLimit = number(parser, QStringLiteral("limit"), 0, 100'000'000);

    installLanguage(application, UiSettings(settingsFile(options)).text(languageKey()));
    SingleInstance instance(databasePath(options));
    if (instance.presentOther()) {
        std::fputs(qPrintable(tr("vitfleet: this database is open already; its window was brought to the front.\n")),
                   stderr);
        return 0;
    }
    Theme theme;
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/vitfleet/icons/vitfleet.svg")));
    UnixSignals unixSignals;
    QObject::connect(&unixSignals, &UnixSignals::quitRequested, &application, &QApplication::quit);

    auto desktop = Desktop::open(options, theme);
    if (!desktop) {
        std::fprintf(stderr, "vitfleet: %s\n", vitfleet::describe(desktop.error()).c_str());
        StartProblem problem(desktop.error(), databasePath(options));
        problem.show();
        QApplication::exec(); // until it is closed, or a signal ends the program
        return exitCouldNotStart;
    }
    MainWindow& window = (*desktop)->window();
    window.show();
    instance.listen();
    QObject::connect(&instance, &SingleInstance::presentRequested, &window, &MainWindow::present);
    if (parser.isSet(QStringLiteral("demo")))
        QTimer::singleShot(0, &window, [&window] { window.startDemo(); });
    const int code = QApplication::exec();
    (*desktop)->giveBackNodes();
    return code;
}
