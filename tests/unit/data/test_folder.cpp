// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/data/files.h"
#include "tests/unit/data/tests.h"

#include "app/core/data/item_files.h"
#include "shared/base/limits.h"
#include "shared/digest/digest.h"

#include <algorithm>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;

void TestFolder::kindsAndMissingSets()
{
    const Folder folder;
    folder.write("picture.jpg");
    folder.write("list.csv", "path\npicture.jpg\n");
    const auto openCode = [](const fs::path& path) {
        auto set = DataSet::open({path.string(), {}, 0});
        return set ? ErrorCode::None : set.error().code;
    };
    QCOMPARE(openCode(folder.path()), ErrorCode::None);
    QCOMPARE(openCode(folder / "list.csv"), ErrorCode::None);
    QCOMPARE(openCode(folder / "nothing"), ErrorCode::DataMissing);
    QCOMPARE(openCode(""), ErrorCode::DataMissing);
    QCOMPARE(openCode(folder / "picture.jpg"), ErrorCode::DataFormat);
    QCOMPARE(openCode("/dev/null"), ErrorCode::DataFormat);
    const auto set = DataSet::open({folder.path().string() + "/.", {}, 0});
    QVERIFY(set);
    QCOMPARE((*set)->kind(), std::string("folder"));
    QCOMPARE((*set)->path(), folder.path().string());
    QCOMPARE((*set)->root(), folder.path().string());
    const Folder empty;
    fs::create_directory(empty / "empty");
    QCOMPARE(scan({empty.path().string(), {}, 0}).error.code, ErrorCode::DataEmpty);
}

void TestFolder::orderIsBytewiseByPath()
{
    const Folder folder;
    for (const char* name : {"b/1", "a/z", "a-b", "a.c", "a/b/c", "A", "ä", "a/B", "z"})
        folder.write(name);
    const Scanned scanned = scan({folder.path().string(), {}, 0});
    QVERIFY(std::ranges::is_sorted(scanned.paths()));
    const std::vector<std::string> expected{"A", "a-b", "a.c", "a/B", "a/b/c", "a/z", "b/1", "z", "ä"};
    QCOMPARE(scanned.paths(), expected);
    QCOMPARE(scan({folder.path().string(), {}, 0}).paths(), expected);
}

void TestFolder::everyFileCounts()
{
    const Folder folder;
    folder.write(".DS_Store");
    folder.write("Thumbs.db");
    folder.write("notes.txt", "");
    folder.write(".hidden/x.jpg");
    folder.write("line\nbreak.jpg");
    const Scanned scanned = scan({folder.path().string(), {}, 0});
    QCOMPARE(scanned.items.size(), 5U);
    for (const ItemRecord& item : scanned.items)
        QCOMPARE(item.scanError.code, ErrorCode::None);
    QCOMPARE(scanned.find("notes.txt")->bytes, 0U);
    QCOMPARE(scanned.find("Thumbs.db")->bytes, 1U);
    const std::string content = "x";
    QCOMPARE(scanned.find("Thumbs.db")->headHash, digest::headHash(std::as_bytes(std::span(content))));
}

void TestFolder::classFoldersAreExpectedLabels()
{
    const Folder folder;
    folder.write("cat/1.jpg");
    folder.write("dog/deeper/2.jpg");
    folder.write("3.jpg");
    folder.write("n01440764_tench.JPEG");
    folder.write("n0144076_tench.JPEG");
    folder.write("n01440764.JPEG");
    folder.write("n02123045/n01440764_tench.JPEG");
    const Scanned scanned = scan({folder.path().string(), {}, 0});
    QCOMPARE(scanned.find("cat/1.jpg")->expected, std::string("cat"));
    QCOMPARE(scanned.find("dog/deeper/2.jpg")->expected, std::string("dog"));
    QCOMPARE(scanned.find("3.jpg")->expected, std::string());
    QCOMPARE(scanned.find("n01440764_tench.JPEG")->expected, std::string("n01440764"));
    QCOMPARE(scanned.find("n0144076_tench.JPEG")->expected, std::string());
    QCOMPARE(scanned.find("n01440764.JPEG")->expected, std::string());
    QCOMPARE(scanned.find("n02123045/n01440764_tench.JPEG")->expected, std::string("n02123045"));
}

void TestFolder::linksInsideAndOutside()
{
    const Folder outside;
    outside.write("secret.jpg");
    const Folder folder;
    folder.write("real/picture.jpg", "abc");
    fs::create_symlink("real/picture.jpg", folder / "relative.jpg");
    fs::create_symlink(folder / "real/picture.jpg", folder / "absolute.jpg");
    fs::create_symlink(outside / "secret.jpg", folder / "out.jpg");
    fs::create_symlink("../../../../../../../../../../etc/passwd", folder / "dots.jpg");
    fs::create_symlink("nowhere.jpg", folder / "broken.jpg");
    fs::create_symlink("loop.jpg", folder / "loop.jpg");
    fs::create_symlink(outside.path(), folder / "outfolder");
    fs::create_symlink("real", folder / "infolder");
    fs::create_symlink(".", folder / "itself");
    const Scanned scanned = scan({folder.path().string(), {}, 0});
    QCOMPARE(scanned.items.size(), 10U);
    QCOMPARE(scanned.errorOf("relative.jpg"), ErrorCode::None);
    QCOMPARE(scanned.errorOf("absolute.jpg"), ErrorCode::None);
    QCOMPARE(scanned.find("relative.jpg")->bytes, 3U);
    QCOMPARE(scanned.errorOf("out.jpg"), ErrorCode::PathEscape);
    QCOMPARE(scanned.errorOf("dots.jpg"), ErrorCode::PathEscape);
    QCOMPARE(scanned.errorOf("broken.jpg"), ErrorCode::PathMissing);
    QCOMPARE(scanned.errorOf("loop.jpg"), ErrorCode::PathNotFile);
    QCOMPARE(scanned.errorOf("outfolder"), ErrorCode::PathEscape);
    QCOMPARE(scanned.errorOf("infolder"), ErrorCode::PathNotFile); // links to folders are not followed
    QCOMPARE(scanned.errorOf("itself"), ErrorCode::PathNotFile);
    // The set itself may be named through a link.
    fs::create_symlink(folder.path(), outside / "link");
    QCOMPARE(scan({(outside / "link").string(), {}, 0}).errorOf("absolute.jpg"), ErrorCode::None);
}

void TestFolder::whatIsNoFile()
{
    const Folder folder;
    QCOMPARE(::mkfifo((folder / "fifo.jpg").c_str(), 0600), 0);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = (folder / "socket.jpg").string();
    QVERIFY(name.size() < sizeof address.sun_path);
    name.copy(address.sun_path, name.size());
    QCOMPARE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const Scanned scanned = scan({folder.path().string(), {}, 0}); // must not wait for a writer
    ::close(fd);
    QCOMPARE(scanned.errorOf("fifo.jpg"), ErrorCode::PathNotFile);
    QCOMPARE(scanned.errorOf("socket.jpg"), ErrorCode::PathNotFile);
}

void TestFolder::namesThatAreNoText()
{
    const Folder folder;
    folder.write("caf\xE9.jpg");
    folder.write("bad\xFF\xFE/x.jpg");
    folder.write("good.jpg");
    const Scanned scanned = scan({folder.path().string(), {}, 0});
    QCOMPARE(scanned.items.size(), 3U);
    QCOMPARE(scanned.errorOf("caf\\xE9.jpg"), ErrorCode::PathEncoding);
    QCOMPARE(scanned.errorOf("bad\\xFF\\xFE/x.jpg"), ErrorCode::PathEncoding);
    QCOMPARE(scanned.find("bad\\xFF\\xFE/x.jpg")->expected, std::string());
    QCOMPARE(scanned.errorOf("good.jpg"), ErrorCode::None);
}

void TestFolder::namesThatAreTooLong()
{
    // Deeper than any path may be: made step by step, each with a short name.
    const Folder folder;
    const std::string name(250, 'd');
    const fs::path start = fs::current_path();
    fs::current_path(folder.path());
    std::size_t length = 0;
    for (; length <= limits::maxPathBytes; length += name.size() + 1) {
        QCOMPARE(::mkdir(name.c_str(), 0700), 0);
        QCOMPARE(::chdir(name.c_str()), 0);
    }
    std::ofstream("deep.jpg") << "x";
    fs::current_path(start);
    const Scanned scanned = scan({folder.path().string(), {}, 0});
    QCOMPARE(scanned.error.code, ErrorCode::None);
    QCOMPARE(scanned.items.size(), 1U);
    QCOMPARE(scanned.items[0].scanError.code, ErrorCode::PathEncoding);
    QVERIFY(scanned.items[0].path.size() <= limits::maxPathBytes);
}

void TestFolder::whatMayNotBeRead()
{
    const Folder folder;
    folder.write("locked.jpg");
    folder.write("closed/inside.jpg");
    folder.write("open.jpg");
    QCOMPARE(::chmod(folder.path().c_str(), 0755), 0);
    QCOMPARE(::chmod((folder / "locked.jpg").c_str(), 0), 0);
    QCOMPARE(::chmod((folder / "closed").c_str(), 0), 0);
    // Root may read everything: look as somebody else.
    const bool isRoot = ::geteuid() == 0;
    if (isRoot)
        QCOMPARE(::seteuid(65534), 0);
    const Scanned scanned = scan({folder.path().string(), {}, 0});
    if (isRoot)
        QCOMPARE(::seteuid(0), 0);
    QCOMPARE(::chmod((folder / "closed").c_str(), 0700), 0);
    QCOMPARE(scanned.items.size(), 3U);
    QCOMPARE(scanned.errorOf("locked.jpg"), ErrorCode::PathDenied);
    QCOMPARE(scanned.errorOf("closed/"), ErrorCode::PathDenied); // one item stands for what cannot be seen
    QCOMPARE(scanned.errorOf("open.jpg"), ErrorCode::None);
}

void TestFolder::readingFailuresAreTheNodes()
{
    // /proc/self/mem: a regular file whose first page cannot be read.
    const auto files = ItemFiles::open("/proc/self");
    QVERIFY(files);
    ItemRecord item;
    files->describe("mem", item);
    if (item.scanError.code == ErrorCode::PathDenied)
        QSKIP("this machine does not let a process read its own memory");
    QCOMPARE(item.scanError.code, ErrorCode::NodeIo);
}

void TestFolder::limitAndBatches()
{
    const Folder folder;
    for (int i = 0; i < 3000; ++i)
        folder.write(std::to_string(i));
    QCOMPARE(scan({folder.path().string(), {}, 0}).items.size(), 3000U);
    QVERIFY(scan({folder.path().string(), {}, 0}).batches >= 3);
    const Scanned few = scan({folder.path().string(), {}, 7});
    QCOMPARE(few.items.size(), 7U);
    QCOMPARE(few.items[1].path, std::string("1"));
    QCOMPARE(few.items[2].path, std::string("10"));
}

void TestFolder::cancelling()
{
    const Folder folder;
    for (int i = 0; i < 2000; ++i)
        folder.write(std::to_string(i));
    const auto set = DataSet::open({folder.path().string(), {}, 0});
    std::atomic<bool> cancelled = false;
    std::size_t seen = 0;
    const auto done = (*set)->scan(
        [&](std::vector<ItemRecord> items) {
            seen += items.size();
            cancelled = true;
        },
        cancelled);
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Cancelled);
    QVERIFY(seen > 0 && seen < 2000);
}

void TestFolder::reading()
{
    const Folder folder;
    std::string content;
    for (int i = 0; i < 30'000; ++i)
        content += static_cast<char>(i * 7);
    folder.write("a.bin", content);
    const auto set = DataSet::open({folder.path().string(), {}, 0});
    const Scanned scanned = scan(**set);
    const ItemRecord& item = scanned.items[0];
    const auto whole = (*set)->read(item, 0, 1 << 20);
    QVERIFY(whole);
    QCOMPARE(asText(*whole), content);
    const auto part = (*set)->read(item, 10'000, 5000);
    QVERIFY(part);
    QCOMPARE(asText(*part), content.substr(10'000, 5000));
    QCOMPARE((*set)->read(item, 29'999, 5000)->size(), 1U);
    QCOMPARE((*set)->read(item, 30'000, 5000)->size(), 0U);
    QCOMPARE((*set)->read(item, 1'000'000, 5000)->size(), 0U);
}

void TestFolder::readingWhatHasChanged()
{
    const Folder folder;
    for (const char* name : {"longer", "head", "gone", "fifo", "out", "same"})
        folder.write(name, "content");
    const auto set = DataSet::open({folder.path().string(), {}, 0});
    const Scanned scanned = scan(**set);
    folder.write("longer", "contents");
    folder.write("head", "Content");
    fs::remove(folder / "gone");
    fs::remove(folder / "fifo");
    QCOMPARE(::mkfifo((folder / "fifo").c_str(), 0600), 0);
    fs::remove(folder / "out");
    fs::create_symlink("/etc/passwd", folder / "out");
    const auto code = [&](const char* name) {
        const auto read = (*set)->read(*scanned.find(name), 0, 100);
        return read ? ErrorCode::None : read.error().code;
    };
    QCOMPARE(code("longer"), ErrorCode::ItemChanged);
    QCOMPARE(code("head"), ErrorCode::ItemChanged);
    QCOMPARE(code("gone"), ErrorCode::PathMissing);
    QCOMPARE(code("fifo"), ErrorCode::PathNotFile);
    QCOMPARE(code("out"), ErrorCode::PathEscape);
    QCOMPARE(code("same"), ErrorCode::None);
    ItemRecord forged = *scanned.find("same");
    forged.path = "../../etc/passwd";
    QCOMPARE((*set)->read(forged, 0, 100).error().code, ErrorCode::PathEscape);
}

void TestFolder::imagenetSample()
{
    if (!fs::exists(sharedData / "imagenet-sample"))
        QSKIP("no imagenet-sample beside the source tree");
    const Scanned scanned = scan({(sharedData / "imagenet-sample").string(), {}, 0});
    QCOMPARE(scanned.error.code, ErrorCode::None);
    QCOMPARE(scanned.items.size(), 1000U);
    for (const ItemRecord& item : scanned.items) {
        QCOMPARE(item.scanError.code, ErrorCode::None);
        QCOMPARE(item.expected, item.path.substr(0, 9));
    }
}

void TestFolder::oddImages()
{
    const fs::path odd = sharedData / "images-odd";
    if (!fs::exists(odd))
        QSKIP("no images-odd beside the source tree");
    std::size_t files = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(odd))
        files += entry.is_directory() ? 0 : 1;
    QCOMPARE(scan({odd.string(), {}, 0}).items.size(), files);
}
