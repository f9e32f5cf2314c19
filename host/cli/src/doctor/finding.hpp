// What a check of `mamc-host doctor` finds: in what state something is, where that is set, and what to do.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/status.hpp"
#include "mamc/cli/exit_codes.hpp"

namespace mamc::cli::doctor {

enum class Level {
  kOk,       // as it should be
  kNote,     // worth knowing, nothing to do
  kWarning,  // works, and will be regretted
  kProblem,  // keeps something from working
};
std::string_view LevelName(Level level);

struct Finding {
  Level level = Level::kOk;
  std::string what;          // a sentence
  std::string where;         // mamc.yaml:3:7, an address, a folder, an id; may be empty
  std::string advice;        // a setting to set, a command to give; empty where nothing is to be done
  std::string symptom = {};  // what people see of it, in the words that they look for; may be empty
  Exit exit = kWorkFailed;   // of a problem: what it makes the doctor end with
};

// One check's findings, in the order they were made.
struct Section {
  std::string check, title;
  std::vector<Finding> findings;

  void Add(Finding finding) { findings.push_back(std::move(finding)); }
  void Ok(std::string what, std::string where = {}) {
    Add({Level::kOk, std::move(what), std::move(where), {}});
  }
  // What could not be asked or done, as a problem of the exit code that the status has.
  void Failed(const Status& status, std::string where, std::string advice);
};

// kDone when there are neither problems nor warnings. Of several problems a broken configuration counts
// before what is unreachable, and that before the rest.
Exit ExitOf(const std::vector<Section>& sections);

// "mamc.yaml:3:7: no such thing" in two.
struct Placed {
  std::string place;  // empty when the message begins with none
  std::string message;
};
Placed SplitPlace(const std::string& message);

}  // namespace mamc::cli::doctor
