// The step type `change-check`: what no change may do, found without asking anybody.
#include <mamc/step.h>

#include <mamc/cpp/plugin.hpp>
#include <set>

#include "change.hpp"
#include "mamc/git/json.hpp"
#include "mamc/git/run.hpp"
#include "rules.hpp"
#include "test_code.hpp"

namespace {

using change::Finding;
using change::Findings;
using mamc::git::Text;
using mamc::sdk::Context;
using mamc::sdk::Json;
using mamc::sdk::Task;

constexpr std::size_t kMostFindings = 50;
constexpr std::size_t kMostTests = 200;

// The files on both sides of what the run's branch has changed.
std::vector<change::ChangedFile> ChangeOf(Context& context, const Json& workspace) {
  mamc::git::Run run = mamc::git::Run::OfTree(context, mamc::git::RequiredText(workspace, "path"));
  const auto changed = run.ChangedSince(context, mamc::git::RequiredText(workspace, "base_commit"));
  return change::ChangedFiles(run.repo(), changed.before, changed.after);
}

mamc::edit::Policy PolicyOf(const std::set<std::string>& allow, const Json& project) {
  mamc::edit::Policy policy;
  policy.allow_ci = allow.contains("ci");
  policy.allow_hooks = allow.contains("hooks");
  policy.allow_secrets = allow.contains("secrets");
  policy.allow_install = allow.contains("install");
  policy.allow_notes = Text(project, "ma") == "off" || !Text(project, "ma_branch").empty();
  return policy;
}

Json ToJson(const Finding& finding) {
  Json json;
  json["rule"] = finding.rule;
  json["severity"] = finding.is_blocking ? "blocking" : "advice";
  if (!finding.file.empty()) json["file"] = finding.file;
  if (finding.line > 0) json["line"] = finding.line;
  json["text"] = finding.text;
  return json;
}

std::string Sentence(const Finding& finding) {
  const std::string line = finding.line > 0 ? ":" + std::to_string(finding.line) : "";
  return finding.file.empty() ? finding.text : finding.file + line + ": " + finding.text;
}

// The tests that the change brings, by name.
Json TestsAdded(const std::vector<change::ChangedFile>& files) {
  std::multiset<std::string> before, after;
  for (const change::ChangedFile& file : files) {
    if (file.before) before.merge(change::TestCodeOf(file.path, *file.before).tests);
    if (file.after) after.merge(change::TestCodeOf(file.path, *file.after).tests);
  }
  Json added = Json::array();
  for (const std::string& name : after)
    if (!before.contains(name) && added.size() < kMostTests) added.push_back(name);
  return added;
}

class ChangeCheck final : public mamc::sdk::Step {
 public:
  explicit ChangeCheck(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json& params = input.at("params");
    const Json project = input.value("project", Json::object());
    const auto names = params.value("allow", std::vector<std::string>());
    const std::set<std::string> allow(names.begin(), names.end());
    const auto files = ChangeOf(context, input.value("workspace", Json::object()));

    Findings findings;
    if (files.empty() && params.value("must_change", false))
      findings.push_back({"empty", "", 0, "nothing was changed: the branch has what its base has"});
    change::FindShrunkTests(files, findings);
    change::FindForcedPass(files, findings);
    change::FindProtected(files, project.value("protected", std::vector<std::string>()),
                          PolicyOf(allow, project), findings);
    change::FindConflictMarkers(files, findings);
    change::FindSecrets(files, findings);
    change::FindOversized(files, params.value("max_file_bytes", std::uint64_t{1} << 20), findings);
    change::FindDependencies(files, findings);
    co_return Result(files, std::move(findings), allow);
  }

 private:
  static Json Result(const std::vector<change::ChangedFile>& files, Findings findings,
                     const std::set<std::string>& allow) {
    for (Finding& finding : findings)
      if (allow.contains(finding.rule)) finding.is_blocking = false;
    std::stable_partition(findings.begin(), findings.end(),
                          [](const Finding& finding) { return finding.is_blocking; });
    if (findings.size() > kMostFindings) findings.resize(kMostFindings);
    Json result;
    result["status"] = !findings.empty() && findings.front().is_blocking ? "fail" : "pass";
    result["findings"] = Json::array();
    std::string output;
    for (const Finding& finding : findings) {
      result["findings"].push_back(ToJson(finding));
      output += (finding.is_blocking ? "- " : "- (no need to mend it) ") + Sentence(finding) + "\n";
    }
    result["output"] = output;
    result["tests_added"] = TestsAdded(files);
    return result;
  }
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<ChangeCheck>("step", "change-check"))
