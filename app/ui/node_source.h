// SPDX-License-Identifier: GPL-3.0-or-later
// Where a run's nodes come from: agents on this machine, or nodes of a profile (Slurm, SSH hosts, Kubernetes), and how
// many of them.
#pragma once

#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/scale_out.h"
#endif
#include "app/ui/ui_context.h"
#include "app/ui/widgets.h"

namespace vitfleet::app {

class ChoiceBox;
class TickBox;

class NodeSource : public QWidget
{
    Q_OBJECT
public:
    explicit NodeSource(const UiContext& context, QWidget* parent = nullptr);

    /// The profile's name; empty: this machine.
    QString profile() const;
    /// All that it says; without a name: this machine.
    Profile chosen() const;
    /// Agents to start here, or nodes to ask the profile for.
    quint32 count() const;
    /// Nodes of a profile stay when the run has ended, instead of being given back.
    bool keepsNodes() const;
    void setLocalAgents(quint32 agents);
    /// Cannot be changed while a run goes.
    void setOpen(bool open);
    /// Reads the profiles anew.
    void load();
    ChoiceBox& box() { return *m_box; }
    Stepper& stepper() { return *m_count; }
    TickBox& keep() { return *m_keep; }
    QString note() const { return m_note->text(); }
    /// Opens the profiles; the one that is chosen is shown first.
    QPushButton& edit() { return *m_edit; }

Q_SIGNALS:
    void changed();

protected:
    /// They may have been changed on another page, or in the file.
    void showEvent(QShowEvent* event) override;

private:
    void openEditor();
    void showProfiles(const Result<std::vector<Profile>>& found);
    void showNote();

    UiContext m_context;
    ChoiceBox* m_box;
    QLabel* m_countName;
    Stepper* m_count;
    TickBox* m_keep;
    QLabel* m_note;
    QPushButton* m_edit;
    std::vector<Profile> m_profiles;
    QString m_trouble;
    bool m_open = true;
};

} // namespace vitfleet::app
