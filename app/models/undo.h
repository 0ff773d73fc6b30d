// SPDX-License-Identifier: GPL-3.0-or-later
// Instead of a question box: what was done can be taken back for ten seconds. What cannot be taken back once it is done
// is done at the end of that time.
#pragma once

#include <QObject>
#include <QTimer>

#include <functional>

namespace vitfleet::app {

class Undo : public QObject
{
    Q_OBJECT
public:
    static constexpr int offeredMs = 10'000;

    explicit Undo(QObject* parent = nullptr);
    /// Does what is pending.
    ~Undo() override;

    /// `what` was done ("Remove node-03"); `undo` takes it back; `settle` does the part that cannot be taken back, when
    /// nobody wants to any more. A second offer settles the first.
    void offer(const QString& what, std::function<void()> undo, std::function<void()> settle = {});
    bool isOffered() const { return !m_what.isEmpty(); }
    QString what() const { return m_what; }
    int secondsLeft() const;

public Q_SLOTS:
    void undo();
    /// As if the time were over.
    void settle();

Q_SIGNALS:
    /// Another offer, none, or a second less.
    void changed();

private:
    QString m_what;
    std::function<void()> m_undo, m_settle;
    QTimer m_end{this}, m_second{this};
};

} // namespace vitfleet::app
