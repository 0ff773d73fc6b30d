// SPDX-License-Identifier: GPL-3.0-or-later
// Puts questions to the database in threads with connections of their own; answers come in the window's thread, unless
// whoever asked has gone by then.
#pragma once

#include "app/models/store_lane.h"

#include <QCoreApplication>
#include <QObject>
#include <QPointer>

#include <memory>
#include <type_traits>

namespace vitfleet::app {

class StoreAsker : public QObject
{
    Q_OBJECT
public:
    explicit StoreAsker(Store& store, QObject* parent = nullptr);
    ~StoreAsker() override;

    /// `question` runs in the asker's thread; `answer(const R&)` in the window's. R is what the question returns, a
    /// Result. Questions are answered in order.
    template <typename Question, typename Answer>
    void ask(QObject* context, Question question, Answer answer)
    {
        post(m_quick, context, std::move(question), std::move(answer));
    }
    /// For what goes through whole runs on somebody's wish: other questions do not wait for it.
    template <typename Question, typename Answer>
    void askAtLength(QObject* context, Question question, Answer answer)
    {
        post(m_long, context, std::move(question), std::move(answer));
    }

private:
    template <typename Question, typename Answer>
    static void post(StoreLane& lane, QObject* context, Question question, Answer answer)
    {
        using R = std::invoke_result_t<Question, StoreReader&>;
        lane.read([context = QPointer<QObject>(context), question = std::move(question),
                   answer = std::move(answer)](Result<StoreReader*> reader) {
            auto found = std::make_shared<R>(reader ? question(**reader) : R(reader.error()));
            QMetaObject::invokeMethod(
                qApp,
                [context, answer, found] {
                    if (context)
                        answer(*found);
                },
                Qt::QueuedConnection);
        });
    }

    StoreLane m_quick, m_long;
};

} // namespace vitfleet::app
