// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/shell_words.h"

#include "app/core/engine.h"

#include <algorithm>

namespace vitfleet::app {

QString shellWord(QString text)
{
    static const QString plain = QStringLiteral("/._-+=:,@%");
    const bool safe = !text.isEmpty() && std::ranges::all_of(text, [](QChar c) {
        return c.unicode() < 128 && (c.isLetterOrNumber() || plain.contains(c));
    });
    return safe ? text
                : QLatin1Char('\'') + text.replace(QLatin1Char('\''), QLatin1String("'\\''")) + QLatin1Char('\'');
}

QStringList requestWords(const RunRequest& request)
{
    const RunRequest usual;
    QStringList words;
    const auto add = [&words](const char* option, const std::string& value, const std::string& unsaid = {}) {
        if (value != unsaid)
            words << QLatin1String(option) << QString::fromStdString(value);
    };
    words << QStringLiteral("--data") << QString::fromStdString(request.dataPath) << QStringLiteral("--model")
          << QString::fromStdString(request.modelPath);
    add("--precision", request.precision, usual.precision);
    if (request.precision != usual.precision && request.precisionFloor != usual.precisionFloor)
        words << QStringLiteral("--precision-floor") << QString::number(request.precisionFloor * 100);
    if (request.limit > 0)
        words << QStringLiteral("--limit") << QString::number(request.limit);
    add("--label-map", request.labelMapPath);
    add("--root", request.dataRoot);
    add("--backend", request.backend, usual.backend);
    add("--backend-options", request.backendOptions);
    return words;
}

QString shellLine(const QStringList& words)
{
    QStringList quoted;
    for (const QString& word : words)
        quoted << shellWord(word);
    return quoted.join(QLatin1Char(' '));
}

} // namespace vitfleet::app
