// What a run is started with and what it comes to.
#pragma once
#include <map>
#include <string>

#include "mamc/base/json.hpp"
#include "mamc/base/status.hpp"

namespace mamc::engine {

// Everything a run needs, kept in the journal so that it can be resumed on its own. `texts` are the YAML
// texts the run was started with: "workflow" (the one it runs), "workflow/<name>" (its sub-workflows),
// "persona/<id>".
struct RunSpec {
  std::string id;             // empty: made by the journal
  std::string kind = "task";  // "task": runs texts["workflow"]; "work": runs the work of `work_persona`
  std::string work_persona;
  Json task = Json::object();
  Json project = Json::object();
  Json milestone;
  Json variables = Json::object();  // over the workflow's own
  Json request;                     // "work": intent, payload, step, from of the request
  std::string repo;
  std::string branch;
  std::string base;
  std::string commit;  // where to start; empty: the branch, else the base, as the remote has it
  std::map<std::string, std::string> texts;

  Json ToJson() const;  // without texts
  static RunSpec FromJson(const Json& json);
};

struct RunResult {
  std::string run;
  std::string status;  // done | failed | cancelled
  Code code = Code::kOk;
  std::string error;  // the first step that failed, with its words
  std::string step;   // path of that step
  Json details;       // of that failure
  Json state = Json::object();
  Json steps = Json::object();  // id -> {status, result?, error?} of the top level
  std::string commit;
  std::string tree;
  std::string workspace;  // where the files are, when they were kept
};

// One thing that happened, for logs, the terminal and `runs log`.
struct RunEvent {
  std::string run;
  std::string kind;  // run-started step-started step-done step-failed step-cancelled step-skipped step-retry
                     // request-sent request-retry request-answered run-ended
  std::string path;  // step path
  std::string text;
  Json fields = Json::object();
};

}  // namespace mamc::engine
