// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/recorder.h"

namespace vitfleet::app::sqlite {

namespace {

constexpr std::size_t maxRememberedTexts = 200'000; ///< a manifest may have a text of its own on each row

std::int64_t number(ErrorCode code)
{
    return static_cast<std::int64_t>(code);
}

std::string joinLines(const std::vector<std::string>& lines)
{
    std::string joined;
    for (const std::string& line : lines) {
        if (!joined.empty())
            joined += '\n';
        joined += line;
    }
    return joined;
}

} // namespace

Recorder::Recorder(SQLite::Database& db)
    : m_db(db), m_statements(db),
      m_insertResult(db,
                     "INSERT INTO result VALUES(?,?,?,?,?, ?,?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?) ON CONFLICT DO NOTHING"),
      m_insertItem(db, "INSERT INTO item VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING")
{
}

RunId Recorder::createRun(const RunRecord& run)
{
    Statement& insert = m_statements(
        "INSERT INTO run(uid, state, created_at, started_at, finished_at, data_path, data_root, data_kind,"
        " label_map_path, item_limit, model_path, model_name, model_sha256, backend, backend_options, precision, "
        "device,"
        " local_agents, agents, nodes_wanted, wait_for_nodes, planned, scan_complete, expected_known, expected_matched,"
        " duplicates_refused, redispatched, failure, failure_detail, precision_floor, lease_epoch)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    const std::string agents = joinLines(run.agents);
    insert.add(run.uid).add(static_cast<int>(run.state)).add(run.createdAt).add(run.startedAt).add(run.finishedAt);
    insert.add(run.dataPath).add(run.dataRoot).add(run.dataKind).add(run.labelMapPath).add(run.limit);
    insert.add(run.modelPath).add(run.modelName).add(run.modelSha256).add(run.backend).add(run.backendOptions);
    insert.add(run.precision).add(run.device).add(run.localAgents).add(agents).add(run.nodesWanted);
    insert.add(run.waitForNodes).add(run.planned).add(run.scanComplete).add(run.expectedKnown).add(run.expectedMatched);
    insert.add(run.duplicatesRefused).add(run.redispatched).add(number(run.failure.code)).add(run.failure.detail);
    insert.add(run.precisionFloor).add(run.leaseEpoch);
    insert.exec();
    const RunId id(m_db.getLastInsertRowid());
    writeLabels(id, run.labels);
    return id;
}

void Recorder::updateRun(const RunRecord& run)
{
    Statement& update = m_statements(
        "UPDATE run SET state=?, started_at=?, finished_at=?, data_root=?, data_kind=?, model_sha256=?, local_agents=?,"
        " agents=?, nodes_wanted=?, planned=?, scan_complete=?, expected_known=?, expected_matched=?,"
        " duplicates_refused=?, redispatched=?, failure=?, failure_detail=?, lease_epoch=max(lease_epoch, ?) WHERE "
        "id=?");
    const std::string agents = joinLines(run.agents);
    update.add(static_cast<int>(run.state)).add(run.startedAt).add(run.finishedAt).add(run.dataRoot).add(run.dataKind);
    update.add(run.modelSha256).add(run.localAgents).add(agents).add(run.nodesWanted).add(run.planned);
    update.add(run.scanComplete).add(run.expectedKnown).add(run.expectedMatched).add(run.duplicatesRefused);
    update.add(run.redispatched).add(number(run.failure.code)).add(run.failure.detail).add(run.leaseEpoch);
    update.add(run.id.value);
    update.exec();
    writeLabels(run.id, run.labels);
}

void Recorder::writeLabels(RunId run, const std::vector<std::string>& labels)
{
    // They do not change but from none to all; a thousand rows a second would be a poor heartbeat.
    Statement& count = m_statements("SELECT count(*) FROM label WHERE run=?").add(run.value);
    count.next();
    if (static_cast<std::size_t>(count.number(0)) == labels.size()) {
        count.start();
        return;
    }
    count.start();
    m_statements("DELETE FROM label WHERE run=?").add(run.value).exec();
    for (std::size_t i = 0; i < labels.size(); ++i)
        m_statements("INSERT INTO label VALUES(?,?,?)").add(run.value).add(i).add(labels[i]).exec();
}

std::int64_t Recorder::expectedText(const std::string& text)
{
    if (const auto known = m_expectedTexts.find(text); known != m_expectedTexts.end())
        return known->second;
    if (m_expectedTexts.size() >= maxRememberedTexts)
        m_expectedTexts.clear();
    m_statements("INSERT INTO expected_text(text) VALUES(?) ON CONFLICT DO NOTHING").add(text).exec();
    Statement& find = m_statements("SELECT id FROM expected_text WHERE text=?").add(text);
    find.next();
    const std::int64_t id = find.number(0);
    find.start();
    m_expectedTexts.emplace(text, id);
    return id;
}

void Recorder::addItems(RunId run, const std::vector<ItemRecord>& items)
{
    for (const ItemRecord& item : items) {
        Statement& insert = m_insertItem.start();
        insert.add(run.value).add(item.id.value).add(item.path).add(item.bytes);
        if (item.headHash == protocol::HeadHash{})
            insert.addNull();
        else
            insert.addBlob(item.headHash);
        if (item.expected.empty())
            insert.addNull();
        else
            insert.add(expectedText(item.expected));
        insert.add(item.expectedLabel);
        if (item.scanError.code == ErrorCode::None)
            insert.addNull().addNull();
        else
            insert.add(number(item.scanError.code)).addOrNull(item.scanError.detail);
        m_counts[run.value].items += insert.exec();
    }
}

Recorder::Source& Recorder::source(RunId run, const ResultRow& row)
{
    m_sourceKey.assign(reinterpret_cast<const char*>(&run.value), sizeof run.value);
    for (const std::string* part : {&row.node, &row.device, &row.backend, &row.precision}) {
        m_sourceKey += *part;
        m_sourceKey += '\0';
    }
    m_sourceKey += row.synthetic ? 's' : '-';
    if (const auto known = m_sources.find(m_sourceKey); known != m_sources.end())
        return known->second;

    const auto bind = [&](Statement& statement) -> Statement& {
        return statement.add(run.value)
            .add(row.node)
            .add(row.device)
            .add(row.backend)
            .add(row.precision)
            .add(row.synthetic);
    };
    bind(m_statements("INSERT INTO source(run, node, device, backend, precision, synthetic) VALUES(?,?,?,?,?,?)"
                      " ON CONFLICT DO NOTHING"))
        .exec();
    Statement& find = bind(m_statements("SELECT id FROM source WHERE run=? AND node=? AND device=? AND backend=?"
                                        " AND precision=? AND synthetic=?"));
    find.next();
    Source entry;
    entry.id = find.number(0);
    find.start();
    // Here, so that nodes are listed in the order in which they came. A row that was made by the application (an error
    // found by the scan) belongs to no node.
    if (!row.node.empty()) {
        m_statements("INSERT INTO node(run, name) VALUES(?,?) ON CONFLICT DO NOTHING")
            .add(run.value)
            .add(row.node)
            .exec();
        Statement& node = m_statements("SELECT id FROM node WHERE run=? AND name=?").add(run.value).add(row.node);
        node.next();
        entry.node = node.number(0);
        node.start();
    }
    return m_sources.emplace(m_sourceKey, entry).first->second;
}

void Recorder::addResults(RunId run, const std::vector<ResultRow>& rows)
{
    const auto sameSource = [](const ResultRow& a, const ResultRow& b) {
        return a.node == b.node && a.precision == b.precision && a.device == b.device && a.backend == b.backend &&
               a.synthetic == b.synthetic;
    };
    RunCounts& counts = m_counts[run.value];
    Source* from = nullptr;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        // Rows come as a node sends them: many of one source.
        if (i == 0 || !sameSource(rows[i - 1], rows[i]))
            from = &source(run, rows[i]);
        addResult(run, rows[i], *from, counts);
    }
}

void Recorder::addResult(RunId run, const ResultRow& row, Source& from, RunCounts& counts)
{
    Statement& insert = m_insertResult.start();
    insert.add(run.value).add(row.item.value).add(from.id).add(row.attempt).add(number(row.error.code));
    for (std::size_t i = 0; i < limits::topK; ++i) {
        if (i < row.top.size())
            insert.add(row.top[i].label).add(static_cast<double>(row.top[i].score));
        else
            insert.addNull().addNull();
    }
    insert.add(row.correct).add(row.decodeMicros).add(row.inferenceMicros).add(row.finishedAt);
    insert.addOrNull(row.error.detail).addOrNull(row.note);
    if (insert.exec() == 0) {
        ++counts.refused;
        return;
    }
    reopen(run);
    if (from.labelled + from.errors == 0)
        m_counted.push_back(&from);
    const bool isLabelled = row.error.code == ErrorCode::None;
    ++(isLabelled ? counts.labelled : counts.errors);
    ++(isLabelled ? from.labelled : from.errors);
    if (row.correct)
        ++(*row.correct ? counts.correct : counts.incorrect);
    counts.synthetic |= row.synthetic;
}

void Recorder::upsertNode(RunId run, const NodeRecord& node)
{
    Statement& upsert = m_statements(
        "INSERT INTO node(run, name, address, key, host, cpu_model, gpu, software, scheduler_id, device, backend,"
        " backend_version, precision, cores, replicas, memory_bytes) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT(run, name) DO UPDATE SET address=excluded.address, key=excluded.key, host=excluded.host,"
        " cpu_model=excluded.cpu_model, gpu=excluded.gpu, software=excluded.software,"
        " scheduler_id=excluded.scheduler_id, device=excluded.device, backend=excluded.backend,"
        " backend_version=excluded.backend_version, precision=excluded.precision, cores=excluded.cores,"
        " replicas=excluded.replicas, memory_bytes=excluded.memory_bytes");
    upsert.add(run.value)
        .add(node.name)
        .add(node.address)
        .add(node.key)
        .add(node.host)
        .add(node.cpuModel)
        .add(node.gpu);
    upsert.add(node.software).add(node.schedulerId).add(node.device).add(node.backend).add(node.backendVersion);
    upsert.add(node.precision).add(node.cores).add(node.replicas).add(node.memoryBytes).exec();
}

void Recorder::addPrecisionCheck(RunId run, const PrecisionCheck& check)
{
    Statement& insert = m_statements("INSERT INTO precision_check(run, kind, precision, kind_text, verdict, sample,"
                                     " compared, agreed, largest_difference, floor, is_short, from_run, reason, at)"
                                     " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(run, kind, precision) DO UPDATE"
                                     " SET kind_text=excluded.kind_text, verdict=excluded.verdict,"
                                     " sample=excluded.sample, compared=excluded.compared, agreed=excluded.agreed,"
                                     " largest_difference=excluded.largest_difference, floor=excluded.floor,"
                                     " is_short=excluded.is_short, from_run=excluded.from_run,"
                                     " reason=excluded.reason, at=excluded.at");
    insert.add(run.value).add(check.kind).add(check.precision).add(check.kindText).add(static_cast<int>(check.verdict));
    insert.add(check.sample).add(check.compared).add(check.agreed).add(check.largestDifference).add(check.floor);
    insert.add(check.isShort).add(check.from.value).add(check.reason).add(check.at);
    insert.exec();
}

void Recorder::addCost(RunId run, const RunCostRecord& cost)
{
    // Energy that is not known of one session is not known of the run: NULL and a number are NULL.
    m_statements("INSERT INTO run_cost(run, profile, currency, node_seconds, price, joules) VALUES(?,?,?,?,?,?)"
                 " ON CONFLICT(run, profile, currency) DO UPDATE SET node_seconds=node_seconds+excluded.node_seconds,"
                 " price=price+excluded.price, joules=joules+excluded.joules")
        .add(run.value)
        .add(cost.profile)
        .add(cost.currency)
        .add(cost.nodeSeconds)
        .add(cost.price)
        .add(cost.joules)
        .exec();
}

void Recorder::addEvent(const EventRecord& event)
{
    m_statements("INSERT INTO event(at, run, kind, node, error, error_detail, count, text) VALUES(?,?,?,?,?,?,?,?)")
        .add(event.at)
        .add(event.run.value)
        .add(static_cast<int>(event.kind))
        .add(event.node)
        .add(number(event.error.code))
        .add(event.error.detail)
        .add(event.count)
        .add(event.text)
        .exec();
}

void Recorder::addSamples(RunId run, const std::vector<ThroughputSample>& samples)
{
    Statement& insert = m_statements("INSERT INTO sample VALUES(?,?,?,?) ON CONFLICT DO NOTHING");
    for (const ThroughputSample& sample : samples) {
        insert.start().add(run.value).add(sample.at).add(sample.node);
        insert.add(static_cast<double>(sample.imagesPerSecond)).exec();
    }
}

void Recorder::writeCounters()
{
    for (auto& [run, counts] : m_counts) {
        m_statements("UPDATE run SET items=items+?, labelled=labelled+?, errors=errors+?, correct=correct+?,"
                     " incorrect=incorrect+?, rows_refused=rows_refused+?, synthetic=max(synthetic,?) WHERE id=?")
            .add(counts.items)
            .add(counts.labelled)
            .add(counts.errors)
            .add(counts.correct)
            .add(counts.incorrect)
            .add(counts.refused)
            .add(counts.synthetic)
            .add(run)
            .exec();
    }
    m_counts.clear();
    for (Source* from : m_counted) {
        if (from->node != 0) {
            m_statements("INSERT INTO node_rows VALUES(?,?,?) ON CONFLICT(node) DO UPDATE SET"
                         " labelled=labelled+excluded.labelled, errors=errors+excluded.errors")
                .add(from->node)
                .add(from->labelled)
                .add(from->errors)
                .exec();
        }
        from->labelled = from->errors = 0;
    }
    m_counted.clear();
}

void Recorder::forget()
{
    m_counted.clear();
    m_sources.clear();
    m_expectedTexts.clear();
    m_counts.clear();
    m_closed.clear();
}

} // namespace vitfleet::app::sqlite
