// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/bench/picture_feed.h"

#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <fstream>
#include <string>

using namespace vitfleet;
using namespace vitfleet::agent;

namespace {

/// Decodes at once, or nothing at all, and counts.
class CountingParts final : public AgentParts
{
public:
    explicit CountingParts(ErrorCode error = ErrorCode::None) : m_error(error) {}

    Result<std::shared_ptr<const ModelSpec>> openModel(const std::filesystem::path&) override
    {
        return Error{ErrorCode::ModelMissing, "none here"};
    }
    Result<std::unique_ptr<Backend>> loadBackend(const std::string& name, const ModelSpec&,
                                                 const BackendSettings&) override
    {
        return Error{ErrorCode::BackendMissing, name};
    }
    Result<std::unique_ptr<PictureDecoder>> startDecoder(const DecoderPlan&, PictureDecoder::Done done) override
    {
        return std::unique_ptr<PictureDecoder>(std::make_unique<Decoder>(*this, std::move(done)));
    }
    Usage usage(const std::vector<int>&) override { return {}; }

    std::atomic<std::size_t> decoded{0};

private:
    class Decoder final : public PictureDecoder
    {
    public:
        Decoder(CountingParts& parts, Done done) : m_parts(parts), m_done(std::move(done)) {}
        void submit(std::vector<PictureJob> jobs) override
        {
            std::vector<Picture> pictures;
            for (const auto& job : jobs)
                pictures.push_back({job.tag, m_parts.m_error, {}, {}, {}, 1});
            m_parts.decoded += jobs.size();
            m_done(std::move(pictures));
        }
        std::vector<int> processIds() const override { return {}; }

    private:
        CountingParts& m_parts;
        Done m_done;
    };

    ErrorCode m_error;
};

} // namespace

class TestPictureFeed : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void slicesDecodeNoMoreThanTheyClassify();
    void aFolderWithoutPicturesEnds();

private:
    Result<std::unique_ptr<PictureFeed>> startFeed(CountingParts& parts)
    {
        return PictureFeed::start({m_folder.path().toStdString(), m_model, m_settings, pipeline, parts});
    }

    static constexpr std::size_t pipeline = 40;
    QTemporaryDir m_folder;
    ModelSpec m_model;
    AgentSettings m_settings;
};

void TestPictureFeed::initTestCase()
{
    QVERIFY(m_folder.isValid());
    for (int i = 0; i < 10; ++i)
        std::ofstream(m_folder.filePath(QString::number(i) + QStringLiteral(".jpg")).toStdString()) << "picture " << i;
}

void TestPictureFeed::slicesDecodeNoMoreThanTheyClassify()
{
    CountingParts parts;
    auto feed = startFeed(parts);
    QVERIFY2(feed.ok(), qPrintable(QString::fromStdString(feed.ok() ? "" : feed.error().detail)));
    (*feed)->fill();
    QCOMPARE(parts.decoded.load(), pipeline);

    std::size_t classified = 0;
    for (int slice = 0; slice < 20; ++slice) {
        (*feed)->open();
        const auto batch = (*feed)->take(8);
        QVERIFY(!batch.empty());
        classified += batch.size();
        (*feed)->finished(batch);
        (*feed)->close();
        QVERIFY2(parts.decoded <= pipeline + classified, qPrintable(QString::number(parts.decoded)));
    }
}

void TestPictureFeed::aFolderWithoutPicturesEnds()
{
    CountingParts parts(ErrorCode::ImgFormat);
    auto feed = startFeed(parts);
    QVERIFY(feed.ok());
    (*feed)->fill();
    QVERIFY((*feed)->failed() >= (*feed)->files());
    (*feed)->open();
    QVERIFY((*feed)->take(8).empty());
    (*feed)->close();
}

QTEST_GUILESS_MAIN(TestPictureFeed)
#include "test_picture_feed.moc"
