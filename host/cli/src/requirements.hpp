// What a workflow needs of this machine, looked for before a run of it begins: its personas where no other
// machine can have them, somebody to commit as, a repository that takes what is written to its base branch,
// and the servers of the backends that the personas served here ask. All but the repository is looked for
// once, and the backends again after a refusal; a server that goes away later is an outage like any other.
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
  // Where the run would work.
  struct Place {
    Json project;  // as expressions see it
    std::string repo, base;
  };
  // kInvalid: a setting is missing, leaves out a persona or, as a model server's token, refused;
  // kUnavailable: a server cannot be reached; kPermission: the repository would not take the work.
  void Check(const workflow::Workflow& workflow, const Place& place, Done done);
  // Somebody has refused this machine: the backends are asked again before the next run begins, since a token
  // that is taken no more would block one task after the other.
  void LookAgain() { looks_again_ = true; }

 private:
  struct Wanted {
    bool author = false;
    bool writes_base = false;
    std::map<std::string, std::set<std::string>> personas;    // by workflow: whom it asks
    std::set<std::string> judges;                             // personas whose word decides
    std::map<std::string, std::vector<PersonaPtr>> backends;  // by id: the personas that ask it
  };
  Wanted WantedBy(const workflow::Workflow& workflow, const Json& project) const;
  void AddSteps(const workflow::StepList& steps, const Json& project, std::set<std::string>* personas,
                Wanted* wanted) const;
  void AddPersona(const std::string& id, const Json& project, Wanted* wanted) const;
  bool Serves(const std::string& persona) const;
  Status CheckPersonas(const std::map<std::string, std::set<std::string>>& personas) const;
  Status CheckJudges(const std::set<std::string>& judges) const;
  void CheckAuthor(Done done);
  void CheckBase(const Place& place, Done done);
  // The workspace's self-test; a failure comes with `code`.
  void TestWorkspace(const Json& input, Code code, Done done);
  void CheckBackends(std::map<std::string, std::vector<PersonaPtr>> backends, Done done);
  Status CheckWindows(const std::string& backend, const std::vector<PersonaPtr>& personas,
                      const Json& described) const;

  Session& session_;
  plugin::Calls& calls_;
  const Definitions& definitions_;
  const std::vector<PersonaPtr> served_;
  bool author_found_ = false;
  std::set<std::string> reached_;  // backends
  bool looks_again_ = false;
};

}  // namespace mamc::cli
