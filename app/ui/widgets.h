// SPDX-License-Identifier: GPL-3.0-or-later
// The few building blocks that all pages share.
#pragma once

#include <QColor>
#include <QFrame>
#include <QLabel>
#include <QPushButton>

#include <vector>

class QHBoxLayout;
class QSpinBox;
class QVBoxLayout;

namespace vitfleet::app {

inline constexpr int pageMargin = 20;
inline constexpr int pageTop = 14;
inline constexpr int cardGap = 12;
inline constexpr int cardPadding = 14;

/// A label whose looks the style sheet decides by its role: "title", "cardTitle", "secondary", "tile", "figure",
/// "body", "ok", "error".
QLabel* makeLabel(const QString& text, const char* role, QWidget* parent = nullptr);
/// Another role for a label that has one.
void setRole(QLabel* label, const char* role);
/// The page's one main action is `primary`.
QPushButton* makeButton(const QString& text, bool primary = false, QWidget* parent = nullptr);
/// Room for the heavier letters that a chip has once it is chosen.
void reserveChosen(QPushButton* chip);
/// Sets a button's state, and as its tooltip the reason why it cannot be used.
void setUsable(QWidget* control, bool usable, const QString& reasonWhyNot);

/// A figure that changes: it never gets narrower, so that its neighbours stand still.
class SteadyLabel : public QLabel
{
    Q_OBJECT
public:
    explicit SteadyLabel(const char* role, QWidget* parent = nullptr);
    void setSteadyText(const QString& text);
    /// Room for this from the start, so that the first figure moves nothing either.
    void reserve(const QString& text);
};

/// One line; where it has no room its shorter form is shown, or it is cut with "…". The tooltip has it whole.
class ElidedLabel : public QLabel
{
    Q_OBJECT
public:
    explicit ElidedLabel(const char* role, QWidget* parent = nullptr);
    void setWholeText(const QString& text, const QString& shorter = {});
    QString wholeText() const { return m_whole; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void elide();
    QString m_whole, m_shorter;
};

class Card : public QFrame
{
    Q_OBJECT
public:
    explicit Card(const QString& title = {}, QWidget* parent = nullptr);
    QVBoxLayout* content() { return m_content; }
    void setTitle(const QString& text, const char* role = "cardTitle");
    /// Beside the title, in secondary text; `shorter` where that has no room.
    void setSubtitle(const QString& text, const QString& shorter = {});
    /// At the right end of the title's line.
    void addToTitle(QWidget* widget);
    /// Where the content reaches further to the left than the title.
    void indentTitle(int pixels);

private:
    QVBoxLayout* m_content;
    QHBoxLayout* m_titleRow = nullptr;
    QLabel* m_title = nullptr;
    ElidedLabel* m_subtitle = nullptr;
};

/// One figure with its name and a note. Its place is fixed from the start: "–" until there is a value. A figure that is
/// too long for it is written smaller, a note in its shorter form.
class Tile : public QFrame
{
    Q_OBJECT
public:
    explicit Tile(const QString& name, QWidget* parent = nullptr);
    void setValue(const QString& value, const QString& note, const QString& shorterNote = {});
    QString value() const { return m_value->text(); }
    QString note() const { return m_note->wholeText(); }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit();
    QLabel* m_value;
    ElidedLabel* m_note;
};

/// What a page shows while there is nothing: one sentence and one action.
class EmptyState : public QWidget
{
    Q_OBJECT
public:
    EmptyState(const QString& sentence, QPushButton* action, QWidget* parent = nullptr);
};

/// Done, running, failed and queued as one bar that adds up.
class SegmentBar : public QWidget
{
    Q_OBJECT
public:
    struct Segment
    {
        quint64 count;
        QColor colour;
    };
    explicit SegmentBar(QWidget* parent = nullptr);
    void setSegments(std::vector<Segment> segments, quint64 total, const QColor& ground);
    QSize sizeHint() const override { return {200, 14}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<Segment> m_segments;
    quint64 m_total = 0;
    QColor m_ground;
};

/// A square in the segment's colour, and what it stands for. Queued items have an outline only.
class LegendEntry : public QWidget
{
    Q_OBJECT
public:
    explicit LegendEntry(bool outlined, QWidget* parent = nullptr);
    void setEntry(const QString& text, const QColor& colour);
    void reserve(const QString& text) { m_text->reserve(text); }
    QString text() const { return m_text->text(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    SteadyLabel* m_text;
    QColor m_colour;
    bool m_outlined;
};

inline constexpr int mostNodes = 10'000; ///< that can be asked for in a field

/// A number between − and +.
class Stepper : public QWidget
{
    Q_OBJECT
public:
    /// `special`: shown in place of the minimum.
    Stepper(const QString& name, int minimum, int maximum, const QString& special, QWidget* parent = nullptr);
    int value() const;
    void setValue(int value);

Q_SIGNALS:
    void valueChanged(int value);

private:
    QSpinBox* m_box;
};

} // namespace vitfleet::app
