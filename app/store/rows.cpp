// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/rows.h"

#include <algorithm>
#include <cstring>

namespace vitfleet::app::sqlite {

const char* const runColumns =
    "id, uid, state, created_at, started_at, finished_at, data_path, data_root, data_kind, label_map_path, item_limit,"
    " model_path, model_name, model_sha256, backend, backend_options, precision, device, local_agents, agents,"
    " nodes_wanted, wait_for_nodes, planned, scan_complete, synthetic, labelled, errors, correct, incorrect,"
    " expected_known, expected_matched, duplicates_refused, redispatched, failure, failure_detail,"
    " precision_floor, lease_epoch";
const char* const precisionCheckColumns =
    "c.run, c.kind, c.precision, c.kind_text, c.verdict, c.sample, c.compared, c.agreed, c.largest_difference, c.floor,"
    " c.is_short, c.from_run, c.reason, c.at";
const char* const nodeColumns =
    "name, address, key, host, cpu_model, gpu, software, scheduler_id, device, backend, backend_version, precision,"
    " cores, replicas, memory_bytes, coalesce(t.labelled, 0), coalesce(t.errors, 0)";
const char* const eventColumns = "id, at, run, kind, node, error, error_detail, count, text";
const char* const itemColumns =
    "i.item, i.path, i.bytes, i.head_hash, x.text, i.expected_label, i.scan_error, i.scan_detail";
const char* const resultColumns =
    "r.item, r.error, r.error_detail, r.note, r.label_1, r.score_1, r.label_2, r.score_2, r.label_3, r.score_3,"
    " r.label_4, r.score_4, r.label_5, r.score_5, s.node, s.device, s.backend, s.precision, s.synthetic, r.attempt,"
    " r.decode_us, r.inference_us, r.finished_at, r.correct";

namespace {

constexpr int firstResultColumn = 8;

/// Reads columns one after the other.
class Columns
{
public:
    Columns(const Statement& row, int first) : m_row(row), m_next(first) {}
    std::string text() { return m_row.text(m_next++); }
    template <typename Number = std::uint64_t>
    Number number()
    {
        return static_cast<Number>(m_row.number(m_next++));
    }
    bool flag() { return m_row.number(m_next++) != 0; }
    double real() { return m_row.real(m_next++); }
    template <typename Number>
    std::optional<Number> optional()
    {
        const int column = m_next++;
        return m_row.isNull(column) ? std::optional<Number>() : static_cast<Number>(m_row.number(column));
    }
    /// A code that this version does not know reads as Internal, with its number.
    Error error()
    {
        const auto stored = number<std::uint16_t>();
        Error error{ErrorCode::None, text()};
        if (stored == 0)
            return error;
        if (const auto code = errorCodeFromNumber(stored))
            error.code = *code;
        else
            error = {ErrorCode::Internal, "error " + std::to_string(stored) + ": " + error.detail};
        return error;
    }
    bool isNull() const { return m_row.isNull(m_next); }
    void skip(int columns) { m_next += columns; }

private:
    const Statement& m_row;
    int m_next;
};

std::vector<std::string> splitLines(const std::string& text)
{
    std::vector<std::string> lines;
    std::size_t from = 0;
    while (from < text.size()) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return lines;
}

ResultRow readResult(Columns columns, ItemId item)
{
    ResultRow row;
    row.item = item;
    columns.skip(1);
    row.error = columns.error();
    row.note = columns.text();
    for (std::size_t i = 0; i < limits::topK; ++i) {
        const auto label = columns.optional<std::uint32_t>();
        const auto score = static_cast<float>(columns.real());
        if (label)
            row.top.push_back({*label, score});
    }
    row.node = columns.text();
    row.device = columns.text();
    row.backend = columns.text();
    row.precision = columns.text();
    row.synthetic = columns.flag();
    row.attempt = columns.number<std::uint32_t>();
    row.decodeMicros = columns.number<std::uint32_t>();
    row.inferenceMicros = columns.number<std::uint32_t>();
    row.finishedAt = columns.number<UnixMs>();
    if (const auto correct = columns.optional<int>())
        row.correct = *correct != 0;
    return row;
}

} // namespace

RunRecord readRun(const Statement& row)
{
    Columns c(row, 0);
    RunRecord run;
    run.id = RunId(c.number<std::int64_t>());
    run.uid = c.text();
    run.state = c.number<RunState>();
    run.createdAt = c.number<UnixMs>();
    run.startedAt = c.optional<UnixMs>();
    run.finishedAt = c.optional<UnixMs>();
    run.dataPath = c.text();
    run.dataRoot = c.text();
    run.dataKind = c.text();
    run.labelMapPath = c.text();
    run.limit = c.number();
    run.modelPath = c.text();
    run.modelName = c.text();
    run.modelSha256 = c.text();
    run.backend = c.text();
    run.backendOptions = c.text();
    run.precision = c.text();
    run.device = c.text();
    run.localAgents = c.number<std::uint32_t>();
    run.agents = splitLines(c.text());
    run.nodesWanted = c.number<std::uint32_t>();
    run.waitForNodes = c.flag();
    run.planned = c.number();
    run.scanComplete = c.flag();
    run.synthetic = c.flag();
    run.labelled = c.number();
    run.errors = c.number();
    run.correct = c.number();
    run.incorrect = c.number();
    run.expectedKnown = c.number();
    run.expectedMatched = c.number();
    run.duplicatesRefused = c.number();
    run.redispatched = c.number();
    run.failure = c.error();
    run.precisionFloor = c.real();
    run.leaseEpoch = c.number<UnixMs>();
    return run;
}

StoredCheck readPrecisionCheck(const Statement& row)
{
    Columns c(row, 0);
    StoredCheck stored;
    stored.run = RunId(c.number<std::int64_t>());
    PrecisionCheck& check = stored.check;
    check.kind = c.text();
    check.precision = c.text();
    check.kindText = c.text();
    check.verdict = c.number<PrecisionVerdict>();
    check.sample = c.number<std::uint32_t>();
    check.compared = c.number<std::uint32_t>();
    check.agreed = c.number<std::uint32_t>();
    check.largestDifference = c.real();
    check.floor = c.real();
    check.isShort = c.flag();
    check.from = RunId(c.number<std::int64_t>());
    check.reason = c.text();
    check.at = c.number<UnixMs>();
    return stored;
}

NodeRecord readNode(const Statement& row)
{
    Columns c(row, 0);
    NodeRecord node;
    for (std::string* text :
         {&node.name, &node.address, &node.key, &node.host, &node.cpuModel, &node.gpu, &node.software,
          &node.schedulerId, &node.device, &node.backend, &node.backendVersion, &node.precision})
        *text = c.text();
    node.cores = c.number<std::uint32_t>();
    node.replicas = c.number<std::uint32_t>();
    node.memoryBytes = c.number();
    node.labelled = c.number();
    node.errors = c.number();
    return node;
}

EventRecord readEvent(const Statement& row)
{
    Columns c(row, 0);
    EventRecord event;
    event.id = c.number<std::int64_t>();
    event.at = c.number<UnixMs>();
    event.run = RunId(c.number<std::int64_t>());
    event.kind = c.number<EventKind>();
    event.node = c.text();
    event.error = c.error();
    event.count = c.number();
    event.text = c.text();
    return event;
}

ThroughputSample readSample(const Statement& row)
{
    Columns c(row, 0);
    ThroughputSample sample;
    sample.at = c.number<UnixMs>();
    sample.node = c.text();
    sample.imagesPerSecond = static_cast<float>(c.real());
    return sample;
}

Seal readSeal(const Statement& row)
{
    Columns c(row, 0);
    Seal seal;
    for (std::uint64_t* count : {&seal.planned, &seal.labelled, &seal.errors, &seal.lost, &seal.doubled,
                                 &seal.duplicatesRefused, &seal.redispatched})
        *count = c.number();
    return seal;
}

ItemRecord readItem(const Statement& row)
{
    Columns c(row, 0);
    ItemRecord item;
    item.id = ItemId(c.number<std::uint32_t>());
    item.path = c.text();
    item.bytes = c.number();
    const std::string hash = c.text();
    std::memcpy(item.headHash.data(), hash.data(), std::min(hash.size(), item.headHash.size()));
    item.expected = c.text();
    item.expectedLabel = c.optional<std::uint32_t>();
    item.scanError = c.error();
    return item;
}

ResultView readView(const Statement& row)
{
    ResultView view;
    view.item = readItem(row);
    const Columns columns(row, firstResultColumn);
    if (!columns.isNull())
        view.result = readResult(columns, view.item.id);
    return view;
}

} // namespace vitfleet::app::sqlite
