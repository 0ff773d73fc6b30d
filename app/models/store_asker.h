// SPDX-License-Identifier: GPL-3.0-or-later
// Puts questions to the database in threads with connections of their own; answers come in the window's thread, unless
// whoever asked has gone by then.
#pragma once

#include "app/core/store.h"

#include <QCoreApplication>
#include <QObject>
#include <QPointer>
#include <QThread>

#include <functional>
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
    struct Lane
    {
        QThread thread;
        QObject* worker = nullptr;           ///< lives in the thread
        std::unique_ptr<StoreReader> reader; ///< used in the thread only
    };
    template <typename Question, typename Answer>
    void post(Lane& lane, QObject* context, Question question, Answer answer)
    {
        using R = std::invoke_result_t<Question, StoreReader&>;
        post(lane, [context = QPointer<QObject>(context), question = std::move(question),
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

    void start(Lane& lane, const QString& name);
    void post(Lane& lane, std::function<void(Result<StoreReader*>)> work);

    Store& m_store;
    Lane m_quick, m_long;
};

} // namespace vitfleet::app
