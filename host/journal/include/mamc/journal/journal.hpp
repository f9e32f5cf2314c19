// The durable record of this machine's runs: SQLite, WAL, one file under the state directory, owned by one
// process.
//
// Writes are collected and become durable together at Commit; what may leave the host only after its record
// is durable (a request, an ack, a child process, a ref) is handed to AfterCommit. A write that SQLite
// refuses makes the journal *broken*: it takes nothing more, AfterCommit work is dropped, and status() says
// why.
//
// Thread rule: one thread, the loop's.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mamc/base/clock.hpp"
#include "mamc/base/status.hpp"

namespace mamc::journal {

// One run. `kind` is "task" (a workflow for a task of the board) or "work" (a persona's work for one
// request).
struct RunRow {
  std::string id;
  std::string kind;
  std::string project;
  std::string task;
  std::string workflow;
  std::string status;  // running | done | failed | cancelled
  std::string error;   // why it failed
  std::int64_t created_ms = 0;
  std::int64_t ended_ms = 0;
  std::string spec;    // JSON: everything the run was started with
  std::string result;  // JSON, once it has ended
};

// What a record says. The numbers are stored: append only.
enum class RecordKind : int {
  kStart = 1,         // a step's attempt starts; body: params, op_id, started_ms
  kReceipt = 2,       // a step's attempt ended; body: status, result, state, commit, tree, error
  kSkip = 3,          // a step's condition was false
  kChild = 4,         // a composite step called a child; body: service, hash, input
  kChildReceipt = 5,  // a child ended; body: code, result
  kTry = 6,           // a persona request is tried; body: number, corr_id, due
  kWorkspace = 7,     // the run's workspace was prepared; body: commit, tree
  kSignal = 8,        // of the whole run; body: what
  kRetire = 9,        // the workspace was retired
  kDiscard = 10,      // `retry --from`: the records of this path and what depends on it count no more
  kAgain = 11,        // an attempt that was under way when its host ended is run again
};

struct Record {
  std::int64_t seq = 0;  // grows within a run
  RecordKind kind{};
  std::string path;  // step path with attempts, "loop@2/plan/inner@1"
  std::string key;   // child key, or empty
  std::int64_t at_ms = 0;
  std::string body;  // JSON
};

struct Spending {
  std::int64_t calls = 0;
  std::int64_t tokens = 0;  // of prompts and answers
  std::int64_t ms = 0;      // from a question to its answer
};

enum class Sync { kFull, kNormal, kOff };

struct JournalOptions {
  Sync sync = Sync::kFull;
  const Clock* clock = &SystemClock();
};

class Journal {
 public:
  // Opens or makes `file` (":memory:" for one without a file) and brings its schema up to date.
  static Result<std::unique_ptr<Journal>> Open(const std::filesystem::path& file,
                                               JournalOptions options = {});
  ~Journal();

  // ---- runs ----
  // Stores a run (status running) with the texts it needs, by name ("workflow", "persona/lead-engineer",
  // ...). Returns its id, made when `row.id` is empty.
  std::string CreateRun(RunRow row, const std::map<std::string, std::string>& texts);
  void SetRunResult(const std::string& run, const std::string& status, const std::string& error,
                    const std::string& result);
  // Back to running, for resume and retry.
  void ReopenRun(const std::string& run);
  std::optional<RunRow> FindRun(const std::string& run) const;
  // Newest first; empty filters match everything.
  std::vector<RunRow> ListRuns(const std::string& status = {}, const std::string& task = {},
                               std::size_t limit = 100) const;
  std::map<std::string, std::string> Texts(const std::string& run) const;

  // ---- records ----
  // Returns the record's number within its run; 0 when the journal is broken.
  std::int64_t Append(const std::string& run, RecordKind kind, const std::string& path,
                      const std::string& key, const std::string& body);
  std::vector<Record> Records(const std::string& run) const;

  // ---- answers: what a worker has answered, by corr_id ----
  void PutAnswer(const std::string& corr_id, const std::string& body);
  std::optional<std::string> FindAnswer(const std::string& corr_id) const;
  // Model answers received, for the worker's own bookkeeping and `demo --json`.
  std::int64_t CountAnswers() const;

  // ---- spending: what models were asked on this machine, and what it cost ----
  // `day` is a date of the caller's choice, as "2026-12-01".
  void AddSpending(const std::string& project, const std::string& task, const std::string& day,
                   const Spending& spent);
  Spending SpentOnTask(const std::string& project, const std::string& task) const;
  Spending SpentOnProject(const std::string& project) const;
  Spending SpentOnDay(const std::string& day) const;

  // ---- durability ----
  // Runs `effect` once everything written so far is durable: inside the next Commit, or at once when nothing
  // is pending.
  void AfterCommit(std::function<void()> effect);
  // Makes everything written so far durable, then runs the waiting effects (which may write again). Cheap
  // when nothing is pending.
  Status Commit();
  bool pending() const;
  const Status& status() const;
  // Commits so far; with MAMC_CRASH_POINTS the numbering of crash points.
  std::int64_t commits() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mamc::journal
