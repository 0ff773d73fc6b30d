// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of a profile as fields: those of its provider first, then those that every provider has; what is wrong
// stands below the field that it is about.
#pragma once

#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/profiles/profile_form.h"
#endif

#include <QWidget>

#include <set>
#include <vector>

class QGridLayout;
class QLabel;

namespace vitfleet::app {

class ProfileFields : public QWidget
{
    Q_OBJECT
public:
    explicit ProfileFields(QWidget* parent = nullptr);

    /// Makes the provider's fields and fills them in.
    void setForm(const ProfileForm& form);
    /// As they are now; name and provider are those of setForm().
    ProfileForm form() const;
    /// Below each field what is wrong with it: of all, or only of those that have been changed.
    void showProblems(const std::vector<ProfileProblem>& problems, bool ofAll);
    /// The widget of a key; null: the provider has no such key.
    QWidget* field(const std::string& key) const;
    QString problemOf(const std::string& key) const;

Q_SIGNALS:
    void changed();

private:
    struct Row
    {
        ProfileKey key;
        QWidget* field;
        QLabel* problem;
    };
    QWidget* makeField(const ProfileKey& key);
    void addRow(QGridLayout& grid, const ProfileKey& key);
    void write(const Row& row, const QString& typed);
    QString read(const Row& row) const;
    void onChanged(const std::string& key);

    std::vector<Row> m_rows;
    std::set<std::string> m_changed; ///< since setForm()
    ProfileForm m_form;
    QWidget* m_body = nullptr;
    bool m_filling = false;
};

} // namespace vitfleet::app
