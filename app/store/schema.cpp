// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/schema.h"

#include "app/store/database.h"

#include <string>

namespace vitfleet::app::sqlite {

namespace {

// Once released, a step never changes: later versions append steps.
//
// run         one line a run; the last block of columns is counted by the writer in the transaction of the rows
// label       the names of the model's outputs
// item        the manifest of a run. `expected` names a text: most data sets have few of them
// source      who made a row: repeated on every row, so stored once
// result      one row for each item that has ended. error 0: labelled. The key is what makes a second row impossible
// node        what is known of a node in a run, with its committed rows
// posting     the secondary index of runs that have ended, written by sealRun: (kind, value) -> items. Plain indexes
//             would cost every insert of a running run; these cost nothing until the run ends
// seal        what the end of a run proved
constexpr char version1[] = R"sql(
CREATE TABLE run(
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, state INTEGER NOT NULL,
  created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER,
  data_path TEXT NOT NULL, data_root TEXT NOT NULL, data_kind TEXT NOT NULL, label_map_path TEXT NOT NULL,
  item_limit INTEGER NOT NULL,
  model_path TEXT NOT NULL, model_name TEXT NOT NULL, model_sha256 TEXT NOT NULL,
  backend TEXT NOT NULL, backend_options TEXT NOT NULL, precision TEXT NOT NULL, device TEXT NOT NULL,
  local_agents INTEGER NOT NULL, agents TEXT NOT NULL, nodes_wanted INTEGER NOT NULL,
  wait_for_nodes INTEGER NOT NULL,
  planned INTEGER NOT NULL, scan_complete INTEGER NOT NULL,
  expected_known INTEGER NOT NULL, expected_matched INTEGER NOT NULL,
  duplicates_refused INTEGER NOT NULL, redispatched INTEGER NOT NULL,
  failure INTEGER NOT NULL, failure_detail TEXT NOT NULL,
  items INTEGER NOT NULL DEFAULT 0, labelled INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0,
  correct INTEGER NOT NULL DEFAULT 0, incorrect INTEGER NOT NULL DEFAULT 0, synthetic INTEGER NOT NULL DEFAULT 0,
  rows_refused INTEGER NOT NULL DEFAULT 0, indexed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE label(
  run INTEGER NOT NULL, label INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(run, label)
) STRICT, WITHOUT ROWID;
CREATE TABLE expected_text(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE item(
  run INTEGER NOT NULL, item INTEGER NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, head_hash BLOB,
  expected INTEGER, expected_label INTEGER, scan_error INTEGER, scan_detail TEXT, PRIMARY KEY(run, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE source(
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, node TEXT NOT NULL, device TEXT NOT NULL, backend TEXT NOT NULL,
  precision TEXT NOT NULL, synthetic INTEGER NOT NULL, UNIQUE(run, node, device, backend, precision, synthetic)
) STRICT;
CREATE TABLE result(
  run INTEGER NOT NULL, item INTEGER NOT NULL, source INTEGER NOT NULL, attempt INTEGER NOT NULL,
  error INTEGER NOT NULL,
  label_1 INTEGER, score_1 REAL, label_2 INTEGER, score_2 REAL, label_3 INTEGER, score_3 REAL,
  label_4 INTEGER, score_4 REAL, label_5 INTEGER, score_5 REAL,
  correct INTEGER, decode_us INTEGER NOT NULL, inference_us INTEGER NOT NULL, finished_at INTEGER NOT NULL,
  error_detail TEXT, note TEXT, PRIMARY KEY(run, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE node(
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, name TEXT NOT NULL,
  address TEXT NOT NULL DEFAULT '', key TEXT NOT NULL DEFAULT '', host TEXT NOT NULL DEFAULT '',
  cpu_model TEXT NOT NULL DEFAULT '', gpu TEXT NOT NULL DEFAULT '', software TEXT NOT NULL DEFAULT '',
  scheduler_id TEXT NOT NULL DEFAULT '', device TEXT NOT NULL DEFAULT '', backend TEXT NOT NULL DEFAULT '',
  backend_version TEXT NOT NULL DEFAULT '', precision TEXT NOT NULL DEFAULT '', cores INTEGER NOT NULL DEFAULT 0,
  replicas INTEGER NOT NULL DEFAULT 0, memory_bytes INTEGER NOT NULL DEFAULT 0,
  labelled INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0, UNIQUE(run, name)
) STRICT;
CREATE TABLE event(
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, run INTEGER NOT NULL, kind INTEGER NOT NULL,
  node TEXT NOT NULL, error INTEGER NOT NULL, error_detail TEXT NOT NULL, count INTEGER NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_run ON event(run, id);
CREATE TABLE sample(
  run INTEGER NOT NULL, at INTEGER NOT NULL, node TEXT NOT NULL, images_per_second REAL NOT NULL,
  PRIMARY KEY(run, at, node)
) STRICT, WITHOUT ROWID;
CREATE TABLE posting(
  run INTEGER NOT NULL, kind INTEGER NOT NULL, value INTEGER NOT NULL, item INTEGER NOT NULL,
  PRIMARY KEY(run, kind, value, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE seal(
  run INTEGER PRIMARY KEY, planned INTEGER NOT NULL, labelled INTEGER NOT NULL, errors INTEGER NOT NULL,
  lost INTEGER NOT NULL, doubled INTEGER NOT NULL, duplicates_refused INTEGER NOT NULL,
  redispatched INTEGER NOT NULL, sealed_at INTEGER NOT NULL
) STRICT;
)sql";

// unit        nodes that providers were asked for: written before anything is started, removed when it is gone
constexpr char version2[] = R"sql(
CREATE TABLE unit(
  allocation TEXT NOT NULL, unit INTEGER NOT NULL, profile TEXT NOT NULL, provider INTEGER NOT NULL,
  provider_id TEXT NOT NULL, site TEXT NOT NULL, folder TEXT NOT NULL, keep INTEGER NOT NULL,
  created_at INTEGER NOT NULL, PRIMARY KEY(allocation, unit)
) STRICT, WITHOUT ROWID;
)sql";

// precision_check   a reduced precision compared with fp32, one line for each kind of device and precision of a run.
//                   from_run 0: made in this run; else copied from that one
constexpr char version3[] = R"sql(
ALTER TABLE run ADD COLUMN precision_floor REAL NOT NULL DEFAULT 0.985;
CREATE TABLE precision_check(
  run INTEGER NOT NULL, kind TEXT NOT NULL, precision TEXT NOT NULL, kind_text TEXT NOT NULL, verdict INTEGER NOT NULL,
  sample INTEGER NOT NULL, compared INTEGER NOT NULL, agreed INTEGER NOT NULL, largest_difference REAL NOT NULL,
  floor REAL NOT NULL, is_short INTEGER NOT NULL, from_run INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY(run, kind, precision)
) STRICT, WITHOUT ROWID;
)sql";

// The postings of scores and sources, for runs that were sealed before there were any. As posting.h has them today: a
// released step never changes.
constexpr char version4[] = R"sql(
INSERT INTO posting
  SELECT run, 5, 2*CAST(score_1*100 AS INTEGER)+(score_1*100>CAST(score_1*100 AS INTEGER)) AS step, item
  FROM result WHERE run IN (SELECT id FROM run WHERE indexed=1) AND score_1 IS NOT NULL ORDER BY run, step, item;
INSERT INTO posting
  SELECT run, 6, source, item
  FROM result WHERE run IN (SELECT id FROM run WHERE indexed=1) ORDER BY run, source, item;
)sql";

// run_cost    what nodes of a profile have cost while they were held for a run, over all its sessions
constexpr char version5[] = R"sql(
CREATE TABLE run_cost(
  run INTEGER NOT NULL, profile TEXT NOT NULL, currency TEXT NOT NULL, node_seconds REAL NOT NULL,
  price REAL NOT NULL, joules REAL, PRIMARY KEY(run, profile, currency)
) STRICT, WITHOUT ROWID;
)sql";

// unit        ... and the file by which ssh knows its host: without it another host of that name would be asked
constexpr char version6[] = R"sql(
ALTER TABLE unit ADD COLUMN ssh_config TEXT;
)sql";

// lease_epoch   in the numbers of a run's leases: above those of every process before. So far they began with the time
//               of its start, and no event is older than the leases of the process that wrote it
constexpr char version7[] = R"sql(
ALTER TABLE run ADD COLUMN lease_epoch INTEGER NOT NULL DEFAULT 0;
UPDATE run SET lease_epoch=max(created_at, coalesce(started_at, 0),
  coalesce((SELECT max(at) FROM event WHERE event.run=run.id), 0));
)sql";

// node_rows   committed rows of a node. Counted at every COMMIT, so apart from the node's facts: of a thousand nodes
//             they fill a few pages, and each page that a COMMIT changes is written twice
constexpr char version8[] = R"sql(
CREATE TABLE node_rows(node INTEGER PRIMARY KEY, labelled INTEGER NOT NULL, errors INTEGER NOT NULL) STRICT;
INSERT INTO node_rows SELECT id, labelled, errors FROM node WHERE labelled + errors > 0;
ALTER TABLE node DROP COLUMN labelled;
ALTER TABLE node DROP COLUMN errors;
)sql";

constexpr Migration steps[] = {{1, version1}, {2, version2}, {3, version3}, {4, version4},
                               {5, version5}, {6, version6}, {7, version7}, {8, version8}};

} // namespace

std::span<const Migration> migrations()
{
    return steps;
}

int newestVersion()
{
    return steps[std::size(steps) - 1].to;
}

Result<void> checkIdentity(SQLite::Database& db, Purpose purpose)
{
    const int id = db.execAndGet("PRAGMA application_id").getInt();
    const int version = db.execAndGet("PRAGMA user_version").getInt();
    const int tables = db.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
    if (id == 0 && version == 0 && tables == 0) {
        if (purpose == Purpose::Write)
            return {};
        return Error{ErrorCode::DbFormat, "the file is empty"};
    }
    if (id != applicationId)
        return Error{ErrorCode::DbForeign, "application id " + std::to_string(id)};
    if (version > newestVersion())
        return Error{ErrorCode::DbNewer,
                     "version " + std::to_string(version) + ", this program knows " + std::to_string(newestVersion())};
    if (purpose == Purpose::Read && version < newestVersion())
        return Error{ErrorCode::DbReadOnly, "version " + std::to_string(version) + " must first be opened for writing"};
    return {};
}

void migrate(SQLite::Database& db, std::span<const Migration> todo)
{
    for (const Migration& step : todo) {
        if (db.execAndGet("PRAGMA user_version").getInt() >= step.to)
            continue;
        Transaction transaction(db);
        db.exec(step.sql);
        db.exec("PRAGMA application_id=" + std::to_string(applicationId));
        db.exec("PRAGMA user_version=" + std::to_string(step.to));
        transaction.commit();
    }
}

} // namespace vitfleet::app::sqlite
