#include "journal_state.hpp"

namespace mamc::journal {
namespace {

constexpr int kSchemaVersion = 2;  // 2: spending

constexpr const char* kSchema = R"(
  CREATE TABLE IF NOT EXISTS runs(
    row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, project TEXT NOT NULL, task TEXT NOT NULL,
    workflow TEXT NOT NULL, status TEXT NOT NULL, error TEXT NOT NULL, created_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL,
    spec TEXT NOT NULL, result TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS runs_task ON runs(task);
  CREATE TABLE IF NOT EXISTS texts(run INTEGER NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY(run, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS records(run INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL, path TEXT NOT NULL,
    key TEXT NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY(run, seq)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS answers(corr_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS blobs(hash TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS spending(project TEXT NOT NULL, task TEXT NOT NULL, day TEXT NOT NULL, calls INTEGER NOT NULL,
    tokens INTEGER NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY(project, task, day)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS spending_day ON spending(day);
)";

}  // namespace

Status Journal::State::SetUp() {
  sqlite3_busy_timeout(db, 2000);
  const char* sync = options.sync == Sync::kFull     ? "PRAGMA synchronous=FULL"
                     : options.sync == Sync::kNormal ? "PRAGMA synchronous=NORMAL"
                                                     : "PRAGMA synchronous=OFF";
  for (const char* sql :
       {"PRAGMA journal_mode=WAL", sync, "PRAGMA foreign_keys=OFF", "PRAGMA trusted_schema=OFF"})
    if (Status done = Execute(sql); !done.ok()) return done;
  Statement version;
  if (Status done = version.Prepare(db, "PRAGMA user_version"); !done.ok()) return done;
  version.Step();
  if (version.Int(0) > kSchemaVersion)
    return Invalid("journal: the file was written by a newer mamc-host (format " +
                   std::to_string(version.Int(0)) + ", this one reads " + std::to_string(kSchemaVersion) +
                   "); upgrade this host");
  bool current = version.Int(0) == kSchemaVersion;
  version.Reset();
  if (current) return {};  // a reader beside the owner writes nothing
  if (Status done = Execute(kSchema); !done.ok()) return done;
  return Execute(("PRAGMA user_version=" + std::to_string(kSchemaVersion)).c_str());
}

Status Journal::State::SaveCopy(const std::string& copy) {
  Statement vacuum;
  if (Status prepared = vacuum.Prepare(db, "VACUUM INTO ?1"); !prepared.ok()) return prepared;
  vacuum.Bind(1, copy).Step();
  return vacuum.failed() ? SqliteStatus(db, "save a copy") : Status();
}

// What was committed is in files that have no name any more, and reachable from here alone: it is given a
// name again.
Status Journal::State::Rescue(FilePlace::Change change) {
  const std::string& name = place.name();
  if (change == FilePlace::Change::kReplaced) {
    std::string what = "the journal " + name + " was replaced by another file while the host was using it; ";
    std::string copy = place.FreeName(".saved");
    if (Status saved = SaveCopy(copy); !saved.ok())
      return Failed(what + "what it held could not be saved (" + saved.message() + ")");
    return Failed(what + "what it held is saved in " + copy +
                  ": decide which of the two counts, and let that be " + name + std::string(kGoOn));
  }
  if (change == FilePlace::Change::kLogRemoved) {
    std::string what = "the journal's file " + name + "-wal was removed while the host was using it; ";
    if (Status saved = Execute("PRAGMA wal_checkpoint(TRUNCATE)"); !saved.ok())
      return Failed(what + "what it held could not be saved (" + saved.message() + ")");
    return Failed(what + "what it held is saved in " + name + "; keep other programs out of the folder" +
                  std::string(kGoOn));
  }
  std::string what = "the journal " + name + " was removed while the host was using it; ";
  std::string copy = name + ".saving";
  Status saved = place.RemoveLeftovers(copy);
  if (saved.ok()) saved = SaveCopy(copy);
  if (saved.ok()) saved = place.PutBack(copy);
  if (!saved.ok()) return Failed(what + "what it held could not be saved (" + saved.message() + ")");
  return Failed(what + "what it held was put back; keep other programs out of the folder" +
                std::string(kGoOn));
}

Status Journal::State::Prepare() {
  struct Row {
    Statement* statement;
    const char* sql;
  };
  const Row rows[] = {
      {&begin, "BEGIN"},
      {&commit, "COMMIT"},
      {&insert_record, "INSERT INTO records(run,seq,kind,path,key,at_ms,body) VALUES(?,?,?,?,?,?,?)"},
      {&insert_blob, "INSERT OR IGNORE INTO blobs(hash,body) VALUES(?,?)"},
      {&find_blob, "SELECT body FROM blobs WHERE hash=?"},
      {&insert_run,
       "INSERT INTO runs(id,kind,project,task,workflow,status,error,created_ms,ended_ms,spec,result) "
       "VALUES(?,?,?,?,?,'running','',?,0,?,'')"},
      {&insert_text, "INSERT OR REPLACE INTO texts(run,name,body) VALUES(?,?,?)"},
      {&set_result, "UPDATE runs SET status=?,error=?,result=?,ended_ms=? WHERE id=?"},
      {&reopen, "UPDATE runs SET status='running',error='',result='',ended_ms=0 WHERE id=?"},
      {&insert_answer, "INSERT OR REPLACE INTO answers(corr_id,at_ms,body) VALUES(?,?,?)"},
      {&find_answer, "SELECT body FROM answers WHERE corr_id=?"},
      {&count_answers, "SELECT count(*) FROM answers"},
      {&add_spending,
       "INSERT INTO spending(project,task,day,calls,tokens,ms) VALUES(?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
       "calls=calls+excluded.calls,tokens=tokens+excluded.tokens,ms=ms+excluded.ms"},
      {&spent_on_task, "SELECT sum(calls),sum(tokens),sum(ms) FROM spending WHERE project=? AND task=?"},
      {&spent_on_project, "SELECT sum(calls),sum(tokens),sum(ms) FROM spending WHERE project=?"},
      {&spent_on_day, "SELECT sum(calls),sum(tokens),sum(ms) FROM spending WHERE day=?"},
      {&find_run,
       "SELECT id,kind,project,task,workflow,status,error,created_ms,ended_ms,spec,result FROM runs WHERE "
       "id=?"},
      {&read_records, "SELECT seq,kind,path,key,at_ms,body FROM records WHERE run=? ORDER BY seq"},
      {&read_texts, "SELECT name,body FROM texts WHERE run=?"},
      {&last_seq,
       "SELECT row,(SELECT coalesce(max(seq),0) FROM records WHERE records.run=runs.row) FROM runs WHERE "
       "id=?"},
  };
  for (const Row& row : rows)
    if (Status done = row.statement->Prepare(db, row.sql); !done.ok()) return done;
  return {};
}

}  // namespace mamc::journal
