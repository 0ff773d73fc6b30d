// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/shell_words.h"

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

QString shellLine(const QStringList& words)
{
    QStringList quoted;
    for (const QString& word : words)
        quoted << shellWord(word);
    return quoted.join(QLatin1Char(' '));
}

} // namespace vitfleet::app
