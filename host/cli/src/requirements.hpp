// What a workflow needs of this machine, looked for before a run of it begins: somebody to commit as, and the
// servers of the backends that the personas served here ask. Each is looked for once; a server that goes away
// later is an outage like any other.
//
// Thread rule: the main thread, which is the loop's.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "definitions.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::cli {

class Requirements : public std::enable_shared_from_this<Requirements> {
 public:
  // `definitions` outlives it; `served` are the personas that this machine serves.
  Requirements(Session& session, plugin::Calls& calls, const Definitions& definitions,
               const std::vector<PersonaPtr>& served)
      : session_(session), calls_(calls), definitions_(definitions), served_(served) {}

  using Done = std::function<void(Status)>;
  // kInvalid: a setting is missing; kUnavailable, kTimeout: a server does not answer.
  void Check(const workflow::Workflow& workflow, Done done);

 private:
  struct Wanted {
    bool author = false;
    std::map<std::string, std::string> backends;  // by id: a persona that asks it
  };
  Wanted WantedBy(const workflow::Workflow& workflow) const;
  void AddSteps(const workflow::StepList& steps, std::set<std::string>* personas, Wanted* wanted) const;
  void AddPersona(const std::string& id, Wanted* wanted) const;
  void CheckAuthor(Done done);
  void CheckBackends(std::map<std::string, std::string> backends, Done done);

  Session& session_;
  plugin::Calls& calls_;
  const Definitions& definitions_;
  const std::vector<PersonaPtr> served_;
  bool author_found_ = false;
  std::set<std::string> reached_;  // backends
};

}  // namespace mamc::cli
