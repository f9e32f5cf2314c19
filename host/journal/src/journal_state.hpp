// The open file of a journal with its statements, and what becomes of it when it is not as it should be.
#pragma once
#include <deque>
#include <unordered_map>

#include "file_place.hpp"
#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "mamc/journal/journal.hpp"
#include "sqlite.hpp"

namespace mamc::journal {

// Bodies above this size are stored once, by hash.
inline constexpr std::size_t kInlineBytes = 4096;
inline constexpr std::string_view kBlobPrefix = "\x01sha256:";
inline constexpr std::string_view kGoOn = ", then start mamc-host again: it goes on from what is recorded";

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
      insert_answer, find_answer, count_answers, add_spending, spent_on_task, spent_on_project, spent_on_day,
      find_run, read_records, read_texts, last_seq;

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

  // Of a query for three sums.
  Spending ReadSpending(Statement& bound) {
    Spending spent;
    if (bound.Step()) spent = {.calls = bound.Int(0), .tokens = bound.Int(1), .ms = bound.Int(2)};
    EndRead(bound);
    return spent;
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

}  // namespace mamc::journal
