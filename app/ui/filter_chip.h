// SPDX-License-Identifier: GPL-3.0-or-later
// A filter as a chip: what it lets through, and the accent while it holds something back. A click opens what can be
// chosen; choices are ORed.
#pragma once

#include "app/models/named_choices.h"

#include <QFrame>
#include <QPushButton>
#include <QStringList>

class QLabel;
class QLineEdit;
class QListWidget;
class QSlider;

namespace vitfleet::app {

class FilterChip : public QPushButton
{
    Q_OBJECT
public:
    explicit FilterChip(const QString& name, QWidget* parent = nullptr);
    virtual bool isFiltering() const = 0;
    virtual void clear() = 0;
    /// What it lets through, to be remembered; empty: everything.
    virtual QStringList state() const = 0;
    virtual void restore(const QStringList& state) = 0;

Q_SIGNALS:
    void changed();

protected:
    void showText(const QString& text);
    bool eventFilter(QObject* watched, QEvent* event) override;
    /// The sheet that a click opens below the chip.
    QFrame* sheet() { return m_sheet; }
    void openSheet();

private:
    QFrame* m_sheet;
};

/// Some of a list of values.
class ChoiceChip : public FilterChip
{
    Q_OBJECT
public:
    /// `all`: its text while it lets everything through.
    ChoiceChip(const QString& name, const QString& all, QWidget* parent = nullptr);
    /// Keeps what is chosen, where it is still there. What was restored and is not among them yet waits for later ones.
    void setChoices(const QStringList& choices);
    /// All that there will ever be, in words that change with the language: what is not among them is forgotten.
    void setChoices(const NamedChoices& choices);
    QStringList choices() const;
    QStringList chosen() const;
    void setChosen(const QStringList& values);
    bool isFiltering() const override { return !chosen().isEmpty(); }
    void clear() override { setChosen({}); }
    QStringList state() const override;
    void restore(const QStringList& state) override;

private:
    void narrow(const QString& text);
    void update();

    QString m_all;
    QLineEdit* m_find;
    QListWidget* m_list;
    Qt::CheckState m_pressed = Qt::Unchecked; ///< of the item under the mouse button, when that went down
    bool m_setting = false;
    QStringList m_keys;   ///< of the choices, where they are not their own
    QStringList m_wanted; ///< to be chosen as soon as they can be
};

/// A part of 0 … 1. The list that it filters stands still while a slider moves.
class RangeChip : public FilterChip
{
    Q_OBJECT
public:
    RangeChip(const QString& name, const QString& all, QWidget* parent = nullptr);
    double least() const;
    double most() const;
    void setRange(double least, double most);
    bool isFiltering() const override;
    void clear() override { setRange(0, 1); }
    QStringList state() const override;
    void restore(const QStringList& state) override;
    QSlider& leastSlider() { return *m_least; }

private:
    void onMoved();
    void show();
    void finish();

    QString m_name, m_all;
    QSlider* m_least;
    QSlider* m_most;
    QLabel* m_text;
    int m_appliedLeast = 0, m_appliedMost = 100;
};

} // namespace vitfleet::app
