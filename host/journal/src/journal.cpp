#include "mamc/journal/journal.hpp"

#include "crash_point.hpp"
#include "journal_state.hpp"

namespace mamc::journal {

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

void Journal::AddSpending(const std::string& project, const std::string& task, const std::string& day,
                          const Spending& spent) {
  auto& s = *state_;
  if (!s.Begin()) return;
  s.Write(s.add_spending.Bind(1, project)
              .Bind(2, task)
              .Bind(3, day)
              .Bind(4, spent.calls)
              .Bind(5, spent.tokens)
              .Bind(6, spent.ms));
}

Spending Journal::SpentOnTask(const std::string& project, const std::string& task) const {
  return state_->ReadSpending(state_->spent_on_task.Bind(1, project).Bind(2, task));
}

Spending Journal::SpentOnProject(const std::string& project) const {
  return state_->ReadSpending(state_->spent_on_project.Bind(1, project));
}

Spending Journal::SpentOnDay(const std::string& day) const {
  return state_->ReadSpending(state_->spent_on_day.Bind(1, day));
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
