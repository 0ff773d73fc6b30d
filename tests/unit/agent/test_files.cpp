// SPDX-License-Identifier: GPL-3.0-or-later
// Files of data sets and models: what must be opened, and above all what must not.
#include "agent/core/data_root.h"
#include "agent/core/item_source.h"
#include "agent/core/model_cache.h"
#include "shared/base/limits.h"
#include "shared/digest/digest.h"

#include <QTemporaryDir>
#include <QTest>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

using namespace vitfleet;
using namespace vitfleet::agent;
namespace fs = std::filesystem;
Q_DECLARE_METATYPE(vitfleet::agent::DataRoot::Resolver)

namespace {

void write(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

std::span<const std::byte> bytesOf(const std::string& text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

protocol::ModelFile modelFile(const std::string& name, const std::string& text)
{
    return {name, text.size(), digest::sha256(bytesOf(text))};
}

WorkQueue::Work pathWork(const std::string& path, const std::string& text)
{
    WorkQueue::Work work{1, LeaseId(1), protocol::TransferMode::Paths, {}};
    work.item.path = path;
    work.item.bytes = text.size();
    work.item.headHash = digest::headHash(bytesOf(text).first(std::min(text.size(), limits::headHashBytes)));
    return work;
}

} // namespace

class TestFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void opensWhatLiesBeneath_data();
    void opensWhatLiesBeneath();
    void pathsStayInside_data() { opensWhatLiesBeneath_data(); }
    void pathsStayInside();
    void onlyRegularFiles_data() { opensWhatLiesBeneath_data(); }
    void onlyRegularFiles();
    void pathsThatAreNone();
    void dataRootsBelowAllowedOnes();
    void itemsAreChecked();
    void itemsWithBytes();
    void probesOfFiles();
    void modelsAreFoundByContent();
    void modelsOutsideTheRootsAreNot();
    void unannouncedFilesSpoilADirectory();
    void fetchedModelsAreCached();
    void fetchedModelsAreChecked();
    void damagedCacheIsRemoved();
    void changedModelsAreNoticed();
    void modelNamesAreBare();
    void modelsHaveLimits();

private:
    DataRoot root(DataRoot::Resolver resolver) { return *DataRoot::open(m_data, {m_data}, resolver); }
    ErrorCode codeOf(DataRoot::Resolver resolver, const std::string& path)
    {
        const auto opened = root(resolver).openFile(path);
        return opened.ok() ? ErrorCode::None : opened.error().code;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_base, m_data;
};

void TestFiles::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_base = fs::canonical(m_folder->path().toStdString());
    m_data = m_base / "data";
    write(m_data / "a.txt", "hello");
    write(m_data / "sub/b.txt", "there");
    write(m_base / "secret.txt", "no");
}

void TestFiles::opensWhatLiesBeneath_data()
{
    QTest::addColumn<DataRoot::Resolver>("resolver");
    QTest::newRow("kernel") << DataRoot::Resolver::Kernel;
    QTest::newRow("compare") << DataRoot::Resolver::Compare;
}

void TestFiles::opensWhatLiesBeneath()
{
    QFETCH(DataRoot::Resolver, resolver);
    fs::create_symlink("b.txt", m_data / "sub/inside");
    fs::create_symlink("../a.txt", m_data / "sub/up");
    const auto data = root(resolver);
    for (const char* path : {"a.txt", "./a.txt", "sub/b.txt", "sub/../a.txt", "sub/inside", "sub/up"}) {
        const auto opened = data.openFile(path);
        QVERIFY2(opened.ok(), path);
        QCOMPARE(opened->bytes, std::uint64_t(5));
    }
}

void TestFiles::pathsStayInside()
{
    QFETCH(DataRoot::Resolver, resolver);
    fs::create_symlink("../secret.txt", m_data / "link");
    fs::create_symlink(m_base / "secret.txt", m_data / "absolute");
    fs::create_symlink("..", m_data / "folder");
    fs::create_symlink(m_data / "a.txt", m_data / "roundabout"); // absolute, though it leads back inside
    for (const char* path : {"../secret.txt", "sub/../../secret.txt", "/etc/passwd", "link", "absolute",
                             "folder/secret.txt", "../data2/x", "../missing"})
        QCOMPARE(codeOf(resolver, path), ErrorCode::PathEscape);
    if (resolver == DataRoot::Resolver::Kernel)
        QCOMPARE(codeOf(resolver, "roundabout"), ErrorCode::PathEscape);
    fs::create_symlink("circle", m_data / "circle");
    QCOMPARE(codeOf(resolver, "circle"), ErrorCode::PathMissing);
}

void TestFiles::onlyRegularFiles()
{
    QFETCH(DataRoot::Resolver, resolver);
    QCOMPARE(::mkfifo((m_data / "fifo").c_str(), 0600), 0);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string socketPath = (m_data / "s").string();
    QVERIFY(socketPath.size() < sizeof address.sun_path);
    std::copy(socketPath.begin(), socketPath.end(), address.sun_path);
    QCOMPARE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    for (const char* path : {"fifo", "sub", ".", "s"}) // the FIFO without waiting for a writer
        QCOMPARE(codeOf(resolver, path), ErrorCode::PathNotFile);
    ::close(listener);
    QCOMPARE(codeOf(resolver, "missing"), ErrorCode::PathMissing);
    QCOMPARE(codeOf(resolver, "a.txt/b"), ErrorCode::PathMissing);
    if (::geteuid() != 0) {
        fs::permissions(m_data / "a.txt", fs::perms::none);
        QCOMPARE(codeOf(resolver, "a.txt"), ErrorCode::PathDenied);
    }
}

void TestFiles::pathsThatAreNone()
{
    const auto resolver = DataRoot::Resolver::Kernel;
    QCOMPARE(codeOf(resolver, ""), ErrorCode::PathEncoding);
    QCOMPARE(codeOf(resolver, std::string("a.txt\0x", 7)), ErrorCode::PathEncoding);
    QCOMPARE(codeOf(resolver, std::string(limits::maxPathBytes + 1, 'x')), ErrorCode::PathEncoding);
    QCOMPARE(codeOf(resolver, std::string(300, 'x')), ErrorCode::PathEncoding); // longer than a name may be
}

void TestFiles::dataRootsBelowAllowedOnes()
{
    fs::create_directories(m_base / "data2");
    fs::create_directory_symlink(m_base, m_data / "out");
    fs::create_directory_symlink(m_data, m_base / "in");
    QVERIFY(DataRoot::open(m_data / "sub", {m_base / "data2", m_data}).ok());
    QVERIFY(DataRoot::open(m_base / "in/sub", {m_data}).ok());
    QVERIFY(DataRoot::open(m_data, {"/"}).ok());
    for (const fs::path& path :
         {m_base / "data2", m_base, m_data / "out", m_data / "..", fs::path("data"), fs::path(), m_data / "missing"})
        QCOMPARE(DataRoot::open(path, {m_data}).error().code, ErrorCode::PathEscape);
    QVERIFY(!DataRoot::open(m_data, {}).ok());
    QVERIFY(isAtOrBelow("/a/b", "/a"));
    QVERIFY(!isAtOrBelow("/ab", "/a"));
}

void TestFiles::itemsAreChecked()
{
    const ItemSource source(DataRoot::open(m_data, {m_data}));
    const auto codeOfWork = [&](WorkQueue::Work work) {
        const auto prepared = source.prepare(std::move(work));
        const auto* error = std::get_if<Error>(&prepared);
        return error ? error->code : ErrorCode::None;
    };
    auto prepared = source.prepare(pathWork("a.txt", "hello"));
    auto* job = std::get_if<PictureJob>(&prepared);
    QVERIFY(job);
    QVERIFY(!job->file); // its head is all of it
    QCOMPARE(std::string(reinterpret_cast<const char*>(job->bytes.data()), job->bytes.size()), "hello");
    QCOMPARE(codeOfWork(pathWork("a.txt", "hullo")), ErrorCode::ItemChanged);
    QCOMPARE(codeOfWork(pathWork("a.txt", "hello!")), ErrorCode::ItemChanged);
    QCOMPARE(codeOfWork(pathWork("link", "hello")), ErrorCode::PathMissing);
    write(m_data / "empty", "");
    QCOMPARE(codeOfWork(pathWork("empty", "")), ErrorCode::None);
    const std::string large(limits::headHashBytes + 10, 'x');
    write(m_data / "large", large);
    prepared = source.prepare(pathWork("large", large));
    job = std::get_if<PictureJob>(&prepared);
    QVERIFY(job && job->bytes.empty());
    std::string read(2 * large.size(), ' ');
    QCOMPARE(::read(job->file.get(), read.data(), read.size()), ssize_t(large.size())); // from the start
    auto huge = pathWork("a.txt", "hello");
    huge.item.bytes = limits::maxItemBytes + 1;
    QCOMPARE(codeOfWork(huge), ErrorCode::ImgTooLarge);
    const ItemSource blind(Error{ErrorCode::PathEscape, {}});
    const auto nothing = blind.prepare(pathWork("a.txt", "hello"));
    QCOMPARE(std::get<Error>(nothing).code, ErrorCode::PathEscape);
}

void TestFiles::itemsWithBytes()
{
    const ItemSource source(Error{ErrorCode::PathEscape, {}});
    WorkQueue::Work work{5, LeaseId(2), protocol::TransferMode::Bytes, {}};
    work.item.item = ItemId(8);
    work.item.bytes = 3;
    const auto missing = source.prepare(work);
    QCOMPARE(std::get<ItemSource::NeedsBytes>(missing).tag, std::uint64_t(5));
    QCOMPARE(std::get<ItemSource::NeedsBytes>(missing).bytes, std::uint64_t(3));
    work.item.data.resize(3);
    QCOMPARE(std::get<PictureJob>(source.prepare(work)).bytes.size(), std::size_t(3));
    work.item.data.resize(2);
    QCOMPARE(std::get<Error>(source.prepare(work)).code, ErrorCode::ItemChanged);
}

void TestFiles::probesOfFiles()
{
    fs::create_symlink("../secret.txt", m_data / "link");
    const ItemSource source(DataRoot::open(m_data, {m_data}));
    QCOMPARE(*source.probe({"a.txt", 5}), digest::headHash(bytesOf("hello")));
    QVERIFY(!source.probe({"a.txt", 4}));
    QVERIFY(!source.probe({"link", 2}));
    QVERIFY(!source.probe({"../secret.txt", 2}));
}

void TestFiles::modelsAreFoundByContent()
{
    write(m_data / "model/config.json", "{}");
    write(m_data / "model/model.safetensors", "weights");
    const std::vector<protocol::ModelFile> files = {modelFile("config.json", "{}"),
                                                    modelFile("model.safetensors", "weights")};
    ModelCache cache(m_base / "cache", {m_data});
    const auto found = cache.locate(files, (m_data / "model").string());
    QVERIFY(found);
    QCOMPARE(found->directory, m_data / "model");
    QVERIFY(found->digest == digestOf(files));
    write(m_data / "model/model.safetensors", "weighty");
    QVERIFY(!cache.locate(files, (m_data / "model").string()));
    // As the Hugging Face cache has it: a link to a blob.
    fs::remove(m_data / "model/model.safetensors");
    write(m_data / "blobs/1", "weights");
    fs::create_symlink("../blobs/1", m_data / "model/model.safetensors");
    QVERIFY(cache.locate(files, (m_data / "model").string()));
    fs::remove(m_data / "model/model.safetensors");
    write(m_base / "weights", "weights");
    fs::create_symlink("../../weights", m_data / "model/model.safetensors");
    QVERIFY(!cache.locate(files, (m_data / "model").string()));
}

void TestFiles::modelsOutsideTheRootsAreNot()
{
    write(m_base / "model/config.json", "{}");
    const std::vector<protocol::ModelFile> files = {modelFile("config.json", "{}")};
    ModelCache cache(m_base / "cache", {m_data});
    QVERIFY(!cache.locate(files, (m_base / "model").string()));
    fs::create_directory_symlink("../model", m_data / "model");
    QVERIFY(!cache.locate(files, (m_data / "model").string()));
    QVERIFY(!cache.locate(files, "model"));
    QVERIFY(!cache.locate(files, ""));
}

void TestFiles::unannouncedFilesSpoilADirectory()
{
    write(m_data / "model/config.json", "{}");
    write(m_data / "model/README.md", "of no account");
    const std::vector<protocol::ModelFile> files = {modelFile("config.json", "{}")};
    ModelCache cache(m_base / "cache", {m_data});
    QVERIFY(cache.locate(files, (m_data / "model").string()));
    write(m_data / "model/model.safetensors.index.json", "{}");
    QVERIFY(!cache.locate(files, (m_data / "model").string()));
}

void TestFiles::fetchedModelsAreCached()
{
    const std::vector<protocol::ModelFile> files = {modelFile("config.json", "{}"), modelFile("empty", ""),
                                                    modelFile("model.safetensors", "weights")};
    ModelCache cache(m_base / "cache", {});
    auto incoming = cache.fetchInto(files);
    QVERIFY(incoming.ok());
    QVERIFY((*incoming)->append(0, bytesOf("{}")).ok());
    QVERIFY((*incoming)->append(2, bytesOf("wei")).ok());
    QVERIFY(!cache.locate(files, ""));
    QVERIFY((*incoming)->append(2, bytesOf("ghts")).ok());
    const auto model = (*incoming)->finish();
    QVERIFY(model.ok());
    QVERIFY(model->isUnchanged());
    QCOMPARE(model->directory.filename().string(), digest::toHex(digestOf(files)));
    incoming->reset();
    QVERIFY(cache.locate(files, ""));
    QVERIFY(ModelCache(m_base / "cache", {}).locate(files, ""));
}

void TestFiles::fetchedModelsAreChecked()
{
    const std::vector<protocol::ModelFile> files = {modelFile("config.json", "{}")};
    ModelCache cache(m_base / "cache", {});
    {
        auto incoming = cache.fetchInto(files);
        QVERIFY((*incoming)->append(0, bytesOf("[]")).ok());
        const auto model = (*incoming)->finish();
        QVERIFY(!model.ok());
        QCOMPARE(model.error().code, ErrorCode::ModelMismatch);
        QVERIFY(model.error().detail.find(digest::toHex(files[0].sha256)) != std::string::npos);
    }
    QVERIFY(fs::is_empty(m_base / "cache")); // nothing half is left
}

void TestFiles::damagedCacheIsRemoved()
{
    const std::vector<protocol::ModelFile> files = {modelFile("config.json", "{}")};
    const fs::path cached = m_base / "cache" / digest::toHex(digestOf(files));
    write(cached / "config.json", "[]");
    QVERIFY(!ModelCache(m_base / "cache", {}).locate(files, ""));
    QVERIFY(!fs::exists(cached));
}

void TestFiles::changedModelsAreNoticed()
{
    write(m_data / "model/config.json", "{}");
    const std::vector<protocol::ModelFile> files = {modelFile("config.json", "{}")};
    const auto found = ModelCache(m_base / "cache", {m_data}).locate(files, (m_data / "model").string());
    QVERIFY(found && found->isUnchanged());
    write(m_data / "new", "[]"); // of the same size, and moved into its place
    fs::rename(m_data / "new", m_data / "model/config.json");
    QVERIFY(!found->isUnchanged());
}

void TestFiles::modelNamesAreBare()
{
    for (const std::string& name :
         {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("../a"),
          std::string("/a"), std::string("a\0b", 3), std::string(256, 'a')}) {
        const std::vector<protocol::ModelFile> files = {{name, 1, {}}};
        QVERIFY(!checkModelFiles(files).ok());
        QVERIFY(!IncomingModel::create(m_base / "cache", files).ok());
    }
    const std::vector<protocol::ModelFile> twice = {{"a", 1, {}}, {"a", 1, {}}};
    QVERIFY(!checkModelFiles(twice).ok());
}

void TestFiles::modelsHaveLimits()
{
    std::vector<protocol::ModelFile> files = {{"a", limits::maxModelBytes, {}}, {"b", 0, {}}};
    QVERIFY(checkModelFiles(files).ok());
    files[1].bytes = 1;
    QCOMPARE(checkModelFiles(files).error().code, ErrorCode::ModelTooLarge);
    files[1].bytes = UINT64_MAX;
    QCOMPARE(checkModelFiles(files).error().code, ErrorCode::ModelTooLarge);
    files.clear();
    for (std::size_t i = 0; i <= bounds::modelFiles; ++i)
        files.push_back({std::to_string(i), 0, {}});
    QVERIFY(!checkModelFiles(files).ok());
}

QTEST_APPLESS_MAIN(TestFiles)
#include "test_files.moc"
