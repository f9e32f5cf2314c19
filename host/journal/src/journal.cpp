#include "mamc/journal/journal.hpp"

#include <deque>
#include <unordered_map>

#include "crash_point.hpp"
#include "file_place.hpp"
#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "sqlite.hpp"

namespace mamc::journal {
namespace {

// Bodies above this size are stored once, by hash.
constexpr std::size_t kInlineBytes = 4096;
constexpr std::string_view kBlobPrefix = "\x01sha256:";
constexpr int kSchemaVersion = 1;
constexpr std::string_view kGoOn = ", then start mamc-host again: it goes on from what is recorded";

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
)";

}  // namespace

struct Journal::State {
  sqlite3* db = nullptr;
  JournalOptions options;
  FilePlace place;
  Status status;
  bool in_transaction = false;
  std::int64_t commits = 0;
  std::deque<std::function<void()>> effects;
  struct RunCursor {
    std::int64_t row = 0;
    std::int64_t last_seq = 0;
  };
  std::unordered_map<std::string, RunCursor> cursors;
  Statement begin, commit, insert_record, insert_blob, find_blob, insert_run, insert_text, set_result, reopen,
      insert_answer, find_answer, count_answers, find_run, read_records, read_texts, last_seq;

  ~State() {
    // Statements are finalised by their own destructors, which run after this body: hence close_v2.
    sqlite3_close_v2(db);
  }

  Status Execute(const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      return SqliteStatus(db, "set up the file");
    return {};
  }

  Status SetUp();
  Status Prepare();

  void Break(Status reason) {
    if (!status.ok()) return;
    status = std::move(reason);
    effects.clear();
    Log("engine", LogLevel::kError, "journal is broken", {{"error", status.message()}});
  }

  // Runs a prepared write inside the open transaction.
  void Write(Statement& statement) {
    while (statement.Step()) {
    }
    if (statement.failed()) Break(Trouble("be written"));
    statement.Reset();
  }

  // What was read is not all there is: a run that went on from it would do again what it has done.
  void EndRead(Statement& statement) {
    if (statement.failed()) Break(Trouble("be read"));
    statement.Reset();
  }

  // The last error as a sentence: which file, what, and what to do.
  Status Trouble(std::string_view what) const {
    return {CodeOf(db), "the journal " + place.name() + " cannot " + std::string(what) + ": " +
                            sqlite3_errmsg(db) + "; " + std::string(AdviceFor(db)) + std::string(kGoOn)};
  }

  // A file that was removed under its owner still takes writes, which nobody would ever find again.
  Status CheckPlace() {
    FilePlace::Change change = place.Look();
    if (change == FilePlace::Change::kNone) return {};
    if (in_transaction) {
      in_transaction = false;
      if (Status undone = Execute("ROLLBACK"); !undone.ok()) return undone;
    }
    return Rescue(change);
  }

  Status Rescue(FilePlace::Change change);
  Status SaveCopy(const std::string& copy);

  bool Begin() {
    if (!status.ok()) return false;
    if (in_transaction) return true;
    begin.Step();
    if (begin.failed()) Break(Trouble("be written"));
    begin.Reset();
    in_transaction = status.ok();
    return in_transaction;
  }

  std::string StoreBlob(std::string_view bytes) {
    std::string hash = Sha256(bytes);
    if (Begin()) Write(insert_blob.Bind(1, hash).Bind(2, bytes));
    return hash;
  }

  std::optional<std::string> LoadBlob(std::string_view hash) {
    std::optional<std::string> body;
    if (find_blob.Bind(1, hash).Step()) body = find_blob.Text(0);
    EndRead(find_blob);
    return body;
  }

  std::string Packed(const std::string& body) {
    if (body.size() <= kInlineBytes) return body;
    return std::string(kBlobPrefix) + StoreBlob(body);
  }

  std::string Unpacked(std::string body) {
    if (!body.starts_with(kBlobPrefix)) return body;
    auto blob = LoadBlob(std::string_view(body).substr(kBlobPrefix.size()));
    if (blob) return std::move(*blob);
    Break(Internal("the journal " + place.name() + " has lost the text " + body.substr(kBlobPrefix.size()) +
                   ": the file is damaged; put back a copy of it, or move it away to begin an empty one"));
    return "null";
  }

  RunCursor* Cursor(const std::string& run) {
    if (auto it = cursors.find(run); it != cursors.end()) return &it->second;
    RunCursor cursor;
    bool found = last_seq.Bind(1, run).Step();
    if (found) cursor = {last_seq.Int(0), last_seq.Int(1)};
    EndRead(last_seq);
    return found ? &cursors.emplace(run, cursor).first->second : nullptr;
  }
};

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

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::Open(const std::filesystem::path& file, JournalOptions options) {
  auto state = std::make_unique<State>();
  state->options = options;
  if (sqlite3_open_v2(file.c_str(), &state->db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK)
    return SqliteStatus(state->db, "open " + file.string());
  if (Status status = state->SetUp(); !status.ok()) return status.Within(file.string());
  if (Status status = state->Prepare(); !status.ok()) return status.Within(file.string());
  state->place.Begin(file);
  return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

std::string Journal::CreateRun(RunRow row, const std::map<std::string, std::string>& texts) {
  auto& s = *state_;
  if (!s.Begin()) return row.id;
  if (row.id.empty()) row.id = "r" + RandomHex(6);
  std::int64_t now = s.options.clock->UnixMs();
  s.Write(s.insert_run.Bind(1, row.id)
              .Bind(2, row.kind)
              .Bind(3, row.project)
              .Bind(4, row.task)
              .Bind(5, row.workflow)
              .Bind(6, now)
              .Bind(7, row.spec));
  std::int64_t number = sqlite3_last_insert_rowid(s.db);
  s.cursors[row.id] = {number, 0};
  for (const auto& [name, body] : texts) {
    std::string packed = s.Packed(body);
    s.Write(s.insert_text.Bind(1, number).Bind(2, name).Bind(3, packed));
  }
  return row.id;
}

void Journal::SetRunResult(const std::string& run, const std::string& status, const std::string& error,
                           const std::string& result) {
  auto& s = *state_;
  if (!s.Begin()) return;
  // Not by hash, however large: no other run has the same.
  s.Write(s.set_result.Bind(1, status)
              .Bind(2, error)
              .Bind(3, result)
              .Bind(4, s.options.clock->UnixMs())
              .Bind(5, run));
}

void Journal::ReopenRun(const std::string& run) {
  if (state_->Begin()) state_->Write(state_->reopen.Bind(1, run));
}

namespace {

RunRow ReadRunRow(const Statement& row) {
  return {row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5),
          row.Text(6), row.Int(7),  row.Int(8),  row.Text(9), row.Text(10)};
}

}  // namespace

std::optional<RunRow> Journal::FindRun(const std::string& run) const {
  auto& s = *state_;
  std::optional<RunRow> found;
  if (s.find_run.Bind(1, run).Step()) found = ReadRunRow(s.find_run);
  s.EndRead(s.find_run);
  if (found) found->result = s.Unpacked(std::move(found->result));
  return found;
}

std::vector<RunRow> Journal::ListRuns(const std::string& status, const std::string& task,
                                      std::size_t limit) const {
  auto& s = *state_;
  Statement list;
  std::vector<RunRow> rows;
  if (!list.Prepare(
               s.db,
               "SELECT id,kind,project,task,workflow,status,error,created_ms,ended_ms,spec,result FROM runs "
               "WHERE (?1='' OR status=?1) AND (?2='' OR task=?2) ORDER BY row DESC LIMIT ?3")
           .ok())
    return rows;
  list.Bind(1, status).Bind(2, task).Bind(3, static_cast<std::int64_t>(limit));
  while (list.Step()) rows.push_back(ReadRunRow(list));
  s.EndRead(list);
  for (RunRow& row : rows) row.result = s.Unpacked(std::move(row.result));
  return rows;
}

std::map<std::string, std::string> Journal::Texts(const std::string& run) const {
  auto& s = *state_;
  std::map<std::string, std::string> texts;
  auto* cursor = s.Cursor(run);
  if (cursor == nullptr) return texts;
  s.read_texts.Bind(1, cursor->row);
  while (s.read_texts.Step()) texts.emplace(s.read_texts.Text(0), s.read_texts.Text(1));
  s.EndRead(s.read_texts);
  for (auto& [name, body] : texts) body = s.Unpacked(std::move(body));
  return texts;
}

std::int64_t Journal::Append(const std::string& run, RecordKind kind, const std::string& path,
                             const std::string& key, const std::string& body) {
  auto& s = *state_;
  if (!s.Begin()) return 0;
  auto* cursor = s.Cursor(run);
  if (cursor == nullptr && !s.status.ok()) return 0;
  if (cursor == nullptr) {
    s.Break(Internal("journal: a record for run " + run + ", which does not exist"));
    return 0;
  }
  std::string packed;
  std::string_view stored = body;
  if (body.size() > kInlineBytes) stored = packed = s.Packed(body);
  s.Write(s.insert_record.Bind(1, cursor->row)
              .Bind(2, ++cursor->last_seq)
              .Bind(3, static_cast<std::int64_t>(kind))
              .Bind(4, path)
              .Bind(5, key)
              .Bind(6, s.options.clock->UnixMs())
              .Bind(7, stored));
  return cursor->last_seq;
}

std::vector<Record> Journal::Records(const std::string& run) const {
  auto& s = *state_;
  std::vector<Record> records;
  auto* cursor = s.Cursor(run);
  if (cursor == nullptr) return records;
  auto& read = s.read_records;
  read.Bind(1, cursor->row);
  while (read.Step())
    records.push_back({read.Int(0), static_cast<RecordKind>(read.Int(1)), read.Text(2), read.Text(3),
                       read.Int(4), read.Text(5)});
  s.EndRead(read);
  for (Record& record : records) record.body = s.Unpacked(std::move(record.body));
  return records;
}

void Journal::PutAnswer(const std::string& corr_id, const std::string& body) {
  auto& s = *state_;
  if (!s.Begin()) return;
  std::string packed = s.Packed(body);
  s.Write(s.insert_answer.Bind(1, corr_id).Bind(2, s.options.clock->UnixMs()).Bind(3, packed));
}

std::optional<std::string> Journal::FindAnswer(const std::string& corr_id) const {
  auto& s = *state_;
  std::optional<std::string> body;
  if (s.find_answer.Bind(1, corr_id).Step()) body = s.find_answer.Text(0);
  s.EndRead(s.find_answer);
  if (body) body = s.Unpacked(std::move(*body));
  return body;
}

std::int64_t Journal::CountAnswers() const {
  auto& s = *state_;
  s.count_answers.Step();
  std::int64_t count = s.count_answers.Int(0);
  s.EndRead(s.count_answers);
  return count;
}

void Journal::AfterCommit(std::function<void()> effect) {
  if (!state_->status.ok()) return;
  if (!state_->in_transaction && state_->effects.empty()) return effect();
  state_->effects.push_back(std::move(effect));
}

Status Journal::Commit() {
  auto& s = *state_;
  while (s.status.ok() && (s.in_transaction || !s.effects.empty())) {
    if (s.in_transaction) {
      CrashPoint();
      if (Status there = s.CheckPlace(); !there.ok()) {
        s.Break(std::move(there));
        break;
      }
      s.commit.Step();
      if (s.commit.failed()) s.Break(s.Trouble("be written"));
      s.commit.Reset();
      s.in_transaction = false;
      ++s.commits;
      s.place.SawLog();
      CrashPoint();
    }
    std::deque<std::function<void()>> effects;
    effects.swap(s.effects);
    for (auto& effect : effects) effect();
  }
  return s.status;
}

bool Journal::pending() const {
  return state_->in_transaction || !state_->effects.empty();
}
const Status& Journal::status() const {
  return state_->status;
}
std::int64_t Journal::commits() const {
  return state_->commits;
}

}  // namespace mamc::journal
