// SPDX-License-Identifier: GPL-3.0-or-later
// Profiles as a form, and their way back into the file's text.
#include "app/core/profiles/profile_form.h"

#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

const std::string file = R"(# Our clusters.

# The large one: ask Ada before you raise max_nodes.
[profile.cluster]
provider = "slurm"   # 22.05
partition = "gpu"    # the fast ones
max_nodes = 8
modules = [
  "cuda/12",  # for LibTorch
]
paths = { "/home/me/pictures" = "/scratch/me/pictures" }

# Under the desks.
[profile.lab]
provider = "ssh"
hosts = ["node-a", "node-b"]
)";

ProfileForm read(const std::string& text, const std::string& name)
{
    const auto profiles = parseProfiles(text, "p.toml");
    if (!profiles)
        return {};
    const auto found = std::ranges::find(*profiles, name, &Profile::name);
    return found == profiles->end() ? ProfileForm() : formOf(*found);
}

/// What became of it, or the error.
std::string changed(const std::string& before, const ProfileForm& form, const std::string& text = file)
{
    const auto result = withProfile(text, before, form);
    return result ? *result : "error: " + describe(result.error());
}

std::string replaced(std::string text, const std::string& what, const std::string& with)
{
    const std::size_t at = text.find(what);
    return at == text.npos ? "absent: " + what : text.replace(at, what.size(), with);
}

std::vector<std::string> keysOf(const std::vector<ProfileProblem>& problems)
{
    std::vector<std::string> keys;
    for (const ProfileProblem& problem : problems)
        keys.push_back(problem.key);
    return keys;
}

} // namespace

class ProfileFormTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// The page, the reader and the form have the same keys.
    void everyKeyIsDescribed()
    {
        QFile page(QStringLiteral(VITFLEET_SOURCE_DIR "/docs/profiles.md"));
        QVERIFY(page.open(QIODevice::ReadOnly));
        const QString text = QString::fromUtf8(page.readAll());
        for (const ProviderKind kind :
             {ProviderKind::Local, ProviderKind::Ssh, ProviderKind::Slurm, ProviderKind::Kubernetes}) {
            const auto keys = profileKeys(kind);
            QVERIFY(keys.size() >= 18);
            for (const ProfileKey& key : keys)
                QVERIFY2(text.contains(QLatin1Char('`') + QString::fromStdString(key.name) + QLatin1Char('`')),
                         key.name.c_str());
        }
    }

    /// Only what is not as usual is a field, and the form makes the same profile again.
    void aProfileIsAForm()
    {
        const ProfileForm cluster = read(file, "cluster");
        QVERIFY(cluster.provider == ProviderKind::Slurm);
        QCOMPARE(cluster.fields,
                 (std::map<std::string, std::string>{{"partition", "gpu"},
                                                     {"max_nodes", "8"},
                                                     {"modules", "cuda/12"},
                                                     {"paths", "/home/me/pictures = /scratch/me/pictures"}}));
        const auto profiles = parseProfiles(file, "p.toml");
        QVERIFY(profiles.ok());
        for (const Profile& profile : *profiles) {
            const ReadForm again = readForm(formOf(profile));
            QVERIFY(again.problems.empty());
            QVERIFY(again.profile == profile);
        }
    }

    void whatIsWrongStandsByItsKey()
    {
        ProfileForm form;
        form.name = "a b";
        form.provider = ProviderKind::Slurm;
        form.fields = {{"max_nodes", "many"}, {"partition", "a;b"},         {"login", "-oProxyCommand=id"},
                       {"timeout_s", "0"},    {"price_per_node_hour", "x"}, {"paths", "/here"},
                       {"data_roots", "data"}};
        const ReadForm read = readForm(form);
        QCOMPARE(keysOf(read.problems),
                 (std::vector<std::string>{"name", "login", "partition", "max_nodes", "data_roots", "paths",
                                           "timeout_s", "price_per_node_hour"}));
        QVERIFY(read.problems[1].error.code == ErrorCode::HostName);
        QVERIFY(read.problems[2].error.code == ErrorCode::SlurmField);
        QVERIFY(readForm({"lab", ProviderKind::Ssh, {}}).problems.front().key == "hosts");
        QVERIFY(readForm({"k", ProviderKind::Kubernetes, {}}).problems.front().key == "image");
        // No value becomes anything else in the file.
        form = {"x", ProviderKind::Slurm, {{"agent", "/a\"\nprovider = \"local"}, {"max_nodes", "3 # 4"}}};
        QCOMPARE(keysOf(readForm(form).problems), (std::vector<std::string>{"max_nodes", "agent"}));
    }

    /// "~/" is understood where somebody reads it as a shell does; elsewhere it is said that it is not.
    void aTildeIsExpandedOrRefused()
    {
        ProfileForm form{"x",
                         ProviderKind::Slurm,
                         {{"agent", "~/bin/vitfleet-agent"},
                          {"folder", "~/launch"},
                          {"ssh_config", "~/.ssh/cluster"},
                          {"container", "~/agent.sif"}}};
        QVERIFY(readForm(form).problems.empty());
        form.fields = {{"agent", "~me/agent"},      {"folder", "~me"},
                       {"ssh_config", "~me/c"},     {"container", "~me/i"},
                       {"model_cache", "~/models"}, {"data_roots", "/data\n~/pictures"},
                       {"model_roots", "~/m"},      {"paths", "~/pictures = /scratch"}};
        const ReadForm read = readForm(form);
        QCOMPARE(keysOf(read.problems), (std::vector<std::string>{"container", "agent", "folder", "data_roots", "paths",
                                                                  "model_roots", "model_cache", "ssh_config"}));
        for (const ProfileProblem& problem : read.problems)
            QVERIFY2(problem.error.detail.find('~') != std::string::npos, problem.key.c_str());
    }

    void aChangedValueChangesNothingElse()
    {
        ProfileForm form = read(file, "cluster");
        form.fields["partition"] = "cpu";
        form.fields["max_nodes"] = "16";
        QCOMPARE(changed("cluster", form),
                 replaced(replaced(file, "\"gpu\"    # the fast ones", "\"cpu\"    # the fast ones"), "max_nodes = 8",
                          "max_nodes = 16"));
        // The same once more: byte by byte the file that it was.
        QCOMPARE(changed("cluster", read(file, "cluster")), file);
    }

    void listsAreReplacedWhole()
    {
        ProfileForm form = read(file, "cluster");
        form.fields["modules"] = "cuda/12\n\n gcc \n";
        form.fields["paths"] = "/a b = /c\n/d=/e";
        const std::string text = changed("cluster", form);
        QVERIFY2(text.find("modules = [\"cuda/12\", \"gcc\"]\n") != text.npos, text.c_str());
        QVERIFY2(text.find("paths = { \"/a b\" = \"/c\", \"/d\" = \"/e\" }\n") != text.npos, text.c_str());
        QVERIFY(text.find("# Under the desks.") != text.npos);
    }

    void keysComeAndGo()
    {
        ProfileForm form = read(file, "cluster");
        form.fields.erase("partition");
        form.fields["gpus"] = "1";
        form.fields["requeue"] = "false";
        QCOMPARE(changed("cluster", form), replaced(replaced(file, "partition = \"gpu\"    # the fast ones\n", ""),
                                                    "\n\n# Under", "\ngpus = \"1\"\nrequeue = false\n\n# Under"));
        // At the end of a file without a last line break.
        std::string cut = file;
        cut.pop_back();
        form = read(cut, "lab");
        form.fields["reach"] = "tunnel";
        QCOMPARE(changed("lab", form, cut), file + "reach = \"tunnel\"\n");
    }

    void aProfileIsRenamedAndMovedToAnotherProvider()
    {
        ProfileForm form = read(file, "lab");
        form.name = "desks";
        QCOMPARE(changed("lab", form), replaced(file, "[profile.lab]", "[profile.desks]"));
        form.provider = ProviderKind::Local;
        QCOMPARE(changed("lab", form),
                 replaced(replaced(replaced(file, "[profile.lab]", "[profile.desks]"), "\"ssh\"", "\"local\""),
                          "hosts = [\"node-a\", \"node-b\"]\n", ""));
        form.name = "cluster";
        QVERIFY2(changed("lab", form).find("E_SETTINGS") != std::string::npos, changed("lab", form).c_str());
    }

    void aNewOneStandsAtTheEnd()
    {
        const ProfileForm form{
            "k8s", ProviderKind::Kubernetes, {{"image", "a/b:1"}, {"gpus", "1"}, {"max_nodes", "4"}}};
        const std::string table =
            "[profile.k8s]\nprovider = \"kubernetes\"\nimage = \"a/b:1\"\ngpus = 1\nmax_nodes = 4\n";
        QCOMPARE(changed({}, form), file + "\n" + table);
        QCOMPARE(changed({}, form, {}), table);
    }

    void oneIsDeleted()
    {
        const auto without = withoutProfile(file, "cluster");
        QVERIFY(without.ok());
        const std::size_t begin = file.find("[profile.cluster]"), end = file.find("# Under");
        QCOMPARE(*without, file.substr(0, begin) + file.substr(end));
        QVERIFY(withoutProfile(file, "none").error().code == ErrorCode::ProfileUnknown);
        const auto last = withoutProfile(*without, "lab");
        QVERIFY(last.ok() && parseProfiles(*last, "p.toml")->empty());
    }

    /// Ways to write a profile that the edits do not know: refused, never damaged. What they do know is kept.
    void otherWaysToWriteOne()
    {
        const std::string inlined = "profile = { a = { provider = \"local\" }, b = { provider = \"local\" } }\n";
        ProfileForm form = read(inlined, "a");
        form.fields["max_nodes"] = "2";
        QVERIFY2(changed("a", form, inlined).find("E_SETTINGS") != std::string::npos,
                 changed("a", form, inlined).c_str());
        const std::string dotted = "profile.a.provider = \"local\"\nprofile.b.provider = \"local\"\n";
        form = read(dotted, "a");
        form.fields["max_nodes"] = "2";
        const std::string after = changed("a", form, dotted);
        QVERIFY2(after.find("E_SETTINGS") != std::string::npos || parseProfiles(after, "p.toml").ok(), after.c_str());
        // Windows' line ends, and characters of several bytes before a value.
        const std::string odd =
            "[profile.a]\r\nprovider = \"local\"\r\nagent = \"/opt/vf\" # für ö\r\nmax_nodes = 3\r\n";
        form = read(odd, "a");
        form.fields["max_nodes"] = "4";
        QCOMPARE(changed("a", form, odd), replaced(odd, "= 3", "= 4"));
        QVERIFY(withProfile("not toml", {}, form).error().code == ErrorCode::Settings);
    }

    /// Random edits: what comes out is what was wanted, and the others are untouched.
    void whateverIsChangedIsReadAgain()
    {
        std::string text = file;
        std::uint32_t seed = 4711;
        const auto next = [&seed](std::uint32_t below) {
            seed = seed * 1664525 + 1013904223;
            return (seed >> 16) % below;
        };
        for (int round = 0; round < 400; ++round) {
            ProfileForm form = read(text, "cluster");
            const auto keys = profileKeys(form.provider);
            for (int i = 0; i < 3; ++i) {
                const ProfileKey& key = keys[next(static_cast<std::uint32_t>(keys.size()))];
                using Kind = ProfileKey::Kind;
                if (next(3) == 0)
                    form.fields.erase(key.name);
                else if (key.kind == Kind::Number)
                    form.fields[key.name] = std::to_string(1 + next(90));
                else if (key.kind == Kind::Price)
                    form.fields[key.name] = std::to_string(next(9)) + ".25";
                else if (key.kind == Kind::Flag)
                    form.fields[key.name] = next(2) ? "true" : "false";
                else if (key.kind == Kind::Texts)
                    form.fields[key.name] = "/a" + std::to_string(next(9)) + "\n/b";
                else if (key.kind == Kind::Mappings)
                    form.fields[key.name] = "/a = /b" + std::to_string(next(9));
                else if (key.kind == Kind::Choice)
                    form.fields[key.name] = key.choices[next(static_cast<std::uint32_t>(key.choices.size()))];
                else
                    form.fields[key.name] = "x" + std::to_string(next(9));
            }
            if (!readForm(form).problems.empty())
                continue;
            const auto result = withProfile(text, "cluster", form);
            QVERIFY2(result.ok(), result ? "" : (describe(result.error()) + "\n" + text).c_str());
            QVERIFY(readForm(read(*result, "cluster")).profile == readForm(form).profile);
            QVERIFY(result->find("# Our clusters.") == 0 && result->find("# Under the desks.") != result->npos);
            text = *result;
        }
    }

    /// Written beside and renamed; a link stays one, and the mode is kept.
    void theFileIsReplaced()
    {
        QTemporaryDir dir;
        const QString target = dir.filePath(QStringLiteral("real.toml")), link = dir.filePath(QStringLiteral("p.toml"));
        QVERIFY(writeProfileText(target.toStdString(), "old").ok());
        QVERIFY(QFile::setPermissions(target, QFile::ReadOwner | QFile::WriteOwner));
        QVERIFY(QFile::link(target, link));
        QVERIFY(writeProfileText(link.toStdString(), file).ok());
        QVERIFY(QFileInfo(link).isSymLink());
        QCOMPARE(*readProfileText(target.toStdString()), file);
        QVERIFY(!(QFile::permissions(target) & (QFile::ReadGroup | QFile::ReadOther)));
        QVERIFY(writeProfileText(dir.filePath(QStringLiteral("new/p.toml")).toStdString(), file).ok());
        QVERIFY(!writeProfileText("/proc/none/p.toml", file).ok());
    }
};

QTEST_GUILESS_MAIN(ProfileFormTest)
#include "test_profile_form.moc"
