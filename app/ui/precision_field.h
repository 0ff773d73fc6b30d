// SPDX-License-Identifier: GPL-3.0-or-later
// In which precision a run computes, and what the comparison with fp32 has found.
#pragma once

#include "app/core/records.h"
#include "app/ui/widgets.h"

namespace vitfleet::app {

class ChoiceBox;

class PrecisionField : public QWidget
{
    Q_OBJECT
public:
    explicit PrecisionField(QWidget* parent = nullptr);

    /// "fp32", "auto", "bf16", "fp16" or "int8"
    QString precision() const;
    void setPrecision(const std::string& precision);
    void setFloor(double floor);
    /// Of the run that goes, or of an earlier one with the same model (`from` names it), or none.
    void setChecks(const std::vector<PrecisionCheck>& checks, RunId from = {});
    ChoiceBox& box() { return *m_box; }
    QString note() const { return m_note->text(); }

    /// In a few words: "✓ int8 agrees with fp32 on 99.6 % (98.0–99.9)".
    static QString text(const PrecisionCheck& check);
    /// A line for each check; the last one counts the others where there are many.
    static QStringList lines(const std::vector<PrecisionCheck>& checks);

Q_SIGNALS:
    void changed();

private:
    void show();

    ChoiceBox* m_box;
    QLabel* m_note;
    double m_floor = 0.985;
    std::vector<PrecisionCheck> m_checks;
    RunId m_from;
};

} // namespace vitfleet::app
