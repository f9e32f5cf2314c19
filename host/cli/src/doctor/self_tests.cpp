#include "self_tests.hpp"

#include <algorithm>

namespace mamc::cli::doctor {
namespace {

// A word that this host does not know is the worst.
Level LevelOf(const std::string& name) {
  for (Level level : {Level::kOk, Level::kNote, Level::kWarning})
    if (LevelName(level) == name) return level;
  return Level::kProblem;
}

Exit ExitForCode(Code code) {
  return code == Code::kUnavailable || code == Code::kTimeout ? kUnreachable : kWorkFailed;
}

bool IsProblem(const Json& finding) {
  return LevelOf(GetString(finding, "level")) == Level::kProblem;
}

void AddFindings(const Json& findings, const std::string& who, Section& section, const std::string& symptom) {
  for (const Json& finding : findings) {
    const Level level = LevelOf(GetString(finding, "level"));
    const auto code = static_cast<Code>(GetInt(finding, "code", static_cast<int>(Code::kFailed)));
    section.Add({.level = level,
                 .what = GetString(finding, "text"),
                 .where = who,
                 .advice = GetString(finding, "advice"),
                 .symptom = level == Level::kProblem ? symptom : "",
                 .exit = ExitForCode(code)});
  }
}

}  // namespace

void AddSelfTest(const Result<Json>& answer, const SelfTested& tested, Section& section) {
  const auto& [who, show, symptom] = tested;
  if (!answer.ok() && answer.status().code() == Code::kUnsupported)
    return section.Add({Level::kNote, "it has no self-test", who, ""});
  if (!answer.ok())
    return section.Add({.level = Level::kProblem,
                        .what = answer.status().message(),
                        .where = who,
                        .advice = "see what it needs in the README of that plugin, and " + show,
                        .symptom = symptom,
                        .exit = ExitForCode(answer.status().code())});
  const Json& findings = GetMember(*answer, "findings");
  const bool ok = GetBool(*answer, "ok", true);
  if (findings.is_array()) AddFindings(findings, who, section, symptom);
  const bool facts_say_why = !ok && (!findings.is_array() || findings.empty());
  bool said_why = ok || (findings.is_array() && std::any_of(findings.begin(), findings.end(), IsProblem));
  for (const Json& fact : GetMember(*answer, "facts")) {
    if (!fact.is_string()) continue;
    said_why = said_why || facts_say_why;
    section.Add({.level = facts_say_why ? Level::kProblem : Level::kOk,
                 .what = fact.get<std::string>(),
                 .where = who,
                 .advice = facts_say_why ? "see the README of that plugin" : "",
                 .symptom = facts_say_why ? symptom : ""});
  }
  if (!said_why)
    section.Add({.level = Level::kProblem,
                 .what = "its self-test fails and does not say why",
                 .where = who,
                 .advice = "see the README of that plugin, and its log with `--log-level debug`",
                 .symptom = symptom});
}

}  // namespace mamc::cli::doctor
