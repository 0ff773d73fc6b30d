// SPDX-License-Identifier: GPL-3.0-or-later
// Puts questions to the database in a thread of its own with a connection of its own; answers come in the window's
// thread, unless whoever asked has gone by then.
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
        using R = std::invoke_result_t<Question, StoreReader&>;
        post([context = QPointer<QObject>(context), question = std::move(question),
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

private:
    void post(std::function<void(Result<StoreReader*>)> work);

    Store& m_store;
    QThread m_thread;
    QObject* m_worker;                     ///< lives in m_thread
    std::unique_ptr<StoreReader> m_reader; ///< used in m_thread only
};

} // namespace vitfleet::app
