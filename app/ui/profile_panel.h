// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes from a profile: Slurm, SSH hosts, Kubernetes. A count, what will be done for it, and what has become of it.
#pragma once

#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/scale_out.h"
#endif
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

#include <QWidget>

class QComboBox;
class QPlainTextEdit;

namespace vitfleet::app {

class ProfilePanel : public QWidget
{
    Q_OBJECT
public:
    explicit ProfilePanel(const UiContext& context, QWidget* parent = nullptr);

    QComboBox& profiles() { return *m_profiles; }
    Stepper& count() { return *m_count; }
    QString status() const { return m_status->text(); }
    QString plan() const;

private:
    void load();
    void showProfiles(const Result<std::vector<Profile>>& found);
    void preview();
    void resize();
    void release();
    void showStatus(const ScaleOutSnapshot& snapshot);
    void say(const Result<void>& result);

    UiContext m_context;
    QComboBox* m_profiles;
    Stepper* m_count;
    QPlainTextEdit* m_plan;
    QLabel* m_message;
    QLabel* m_status;
    QPushButton* m_get;
    QPushButton* m_release;
    QPushButton* m_edit;
    Subscription m_subscription;
};

} // namespace vitfleet::app
