// What the journal knows of the runs of a project's tasks: which was the last, how it ended, and whether the
// board has heard of that.
//
// Thread rule: the loop's thread.
#pragma once
#include <optional>
#include <string>

#include "mamc/base/json.hpp"
#include "mamc/journal/journal.hpp"

namespace mamc::coordinator {

class TaskRuns {
 public:
  TaskRuns(journal::Journal& journal, std::string project)
      : journal_(journal), project_(std::move(project)) {}

  std::optional<journal::RunRow> Last(const Json& task) const;
  // Ends the runs under way of another task that had the same number: on a board that was begun anew.
  void GiveUpOthersOf(const Json& task);
  // What the next run of the task has to know of the last one: how it ended, when its work was done and
  // failed; else empty. `board_says` stands in when the last run was another machine's.
  std::string EarlierEnd(const Json& task, const std::string& board_says) const;
  // Of a host that died: the run that did not end, or the newest when the board has not heard of its end. One
  // run is under way at a time, so it is one at most. `only_task` empty: of any task.
  std::optional<journal::RunRow> LeftBehind(const std::string& only_task) const;

  // One end of a run and whether the board has heard of it. The run may end again after a retry, with more
  // records.
  struct End {
    std::string name;
    bool reported = false;
  };
  End EndOf(const std::string& run) const;
  // The status that the run itself, as far as it counts, was the last to give its task; empty when it gave
  // none.
  std::string StatusSetBy(const std::string& run) const { return StatusSetBy(run, "", ""); }
  // Without what the step at `path` sets with its child `key`.
  std::string StatusSetBy(const std::string& run, const std::string& path, const std::string& key) const;
  // What of a run's work the remote has, as its steps and its personas have told. `commit` is what the base
  // branch became, when the work was brought there.
  struct Landed {
    bool branch = false;
    std::string base, commit;
  };
  Landed LandedBy(const std::string& run) const;
  // Ends a run that nobody is to go on with; its files stay.
  void Cancel(const journal::RunRow& run, const std::string& reason);
  // Another host has run the project since: of every task the last run, if it did not end or has failed, is
  // ended, and the board need not hear of it.
  void GiveUpAll(const std::string& reason);
  // The branch that a run works on; empty when there is no such run.
  std::string BranchOf(const std::string& run) const;
  void MarkReported(const std::string& run, const std::string& end);

 private:
  bool IsOurs(const journal::RunRow& run) const { return run.kind == "task" && run.project == project_; }

  journal::Journal& journal_;
  const std::string project_;
};

}  // namespace mamc::coordinator
