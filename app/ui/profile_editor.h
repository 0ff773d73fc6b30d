// SPDX-License-Identifier: GPL-3.0-or-later
// The profiles of the settings file as a form: make, change, try, delete. What is saved goes into the file's own text,
// so that comments and other profiles stay as they are.
#pragma once

#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/profiles/profile_form.h"
#endif
#include "app/ui/ui_context.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace vitfleet::app {

class ChoiceBox;
class ProfileFields;
class Stepper;

class ProfileEditor : public QDialog
{
    Q_OBJECT
public:
    /// Not a question: it stays beside the page until it is closed. `profile`: which one is shown first; empty: a new
    /// one.
    ProfileEditor(const UiContext& context, const QString& profile, QWidget* parent = nullptr);

    ChoiceBox& profiles() { return *m_profiles; }
    QLineEdit& name() { return *m_name; }
    ChoiceBox& provider() { return *m_provider; }
    ProfileFields& fields() { return *m_fields; }
    Stepper& nodes() { return *m_nodes; }
    QPushButton& tryIt() { return *m_try; }
    QPushButton& save() { return *m_save; }
    QPushButton& remove() { return *m_delete; }
    /// What would be asked for, once it was tried.
    QString plan() const;
    QString message() const;
    QString nameProblem() const;

Q_SIGNALS:
    /// The settings file is another one now.
    void saved();

private:
    struct Settings
    {
        std::string text;
        std::vector<Profile> profiles;
        Error trouble{ErrorCode::None, {}}; ///< of the text: then nothing can be written into it
    };
    QWidget* makeHead();
    QWidget* makeTrial();
    QWidget* makeFoot();
    void load(const QString& profile);
    void showSettings(const Settings& settings, const QString& profile);
    void choose(int index);
    void changeProvider();
    ProfileForm form() const;
    /// Below the fields; how many there are.
    std::size_t check(bool ofAll);
    void trial();
    void store();
    void removeProfile();
    void write(const std::string& text, const QString& said, const QString& profile);
    void say(const QString& text, const char* role);

    UiContext m_context;
    Settings m_settings;
    std::string m_before;    ///< the name in the file of what is shown; empty: a new one
    bool m_wasAsked = false; ///< Save or Try was pressed: every problem is shown
    ChoiceBox* m_profiles;
    QLineEdit* m_name;
    QLabel* m_nameProblem;
    ChoiceBox* m_provider;
    ProfileFields* m_fields;
    Stepper* m_nodes;
    QPlainTextEdit* m_plan;
    QLabel* m_message;
    QPushButton* m_try;
    QPushButton* m_save;
    QPushButton* m_delete;
};

} // namespace vitfleet::app
