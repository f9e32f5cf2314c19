// What a plugin says of itself, as findings.
#pragma once
#include "finding.hpp"
#include "mamc/base/json.hpp"

namespace mamc::cli::doctor {

struct SelfTested {
  std::string who;           // "transport redis", or what it looked at
  std::string show;          // the command that shows the plugin
  std::string symptom = {};  // of its problems
};
// `answer`: of MAMC_VERB_SELFTEST.
void AddSelfTest(const Result<Json>& answer, const SelfTested& tested, Section& section);

}  // namespace mamc::cli::doctor
