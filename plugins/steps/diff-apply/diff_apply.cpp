// The step type `diff-apply`: mamc::edit on the run's workspace.
#include <mamc/step.h>

#include <algorithm>
#include <mamc/cpp/plugin.hpp>

#include "mamc/edit/apply.hpp"

namespace {

using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Json;
using mamc::sdk::Task;

mamc::edit::Policy PolicyOf(const Json& params) {
  mamc::edit::Policy policy;
  policy.allowed_paths = params.value("allowed_paths", policy.allowed_paths);
  policy.blocked_extensions = params.value("blocked_extensions", policy.blocked_extensions);
  policy.max_file_bytes = params.value("max_file_bytes", policy.max_file_bytes);
  const auto allow = params.value("allow", std::vector<std::string>());
  auto allows = [&](const char* kind) { return std::find(allow.begin(), allow.end(), kind) != allow.end(); };
  policy.allow_ci = allows("ci");
  policy.allow_hooks = allows("hooks");
  policy.allow_secrets = allows("secrets");
  return policy;
}

Json DetailsOf(const mamc::edit::Report& report) {
  Json refused = Json::array();
  for (const auto& each : report.refused)
    refused.push_back({{"path", each.path}, {"line", each.line}, {"reason", each.reason}});
  return {{"feedback", report.feedback}, {"refused", std::move(refused)}};
}

std::string WorkspacePath(const Json& input) {
  auto workspace = input.find("workspace");
  if (workspace == input.end() || !workspace->is_object() || !workspace->contains("path"))
    throw Failure(MAMC_E_INVALID, "diff-apply needs a workspace, and this step has none");
  return workspace->at("path").get<std::string>();
}

class DiffApply : public mamc::sdk::Step {
 public:
  explicit DiffApply(const Json&) {}

  Task<Json> Run(Context&, Json input) override {
    const Json& params = input.at("params");
    const auto answer = mamc::edit::ParseAnswer(params.at("source").get<std::string>());
    const auto report = mamc::edit::Apply(answer, WorkspacePath(input), PolicyOf(params));
    if (!report.ok())
      throw Failure(static_cast<mamc_code>(report.status().code()),
                    "cannot write the edits: " + report.status().message());
    if (!report->ok())
      throw Failure(MAMC_E_FAILED,
                    "the edits were refused and nothing was changed: " + report->refused[0].reason,
                    DetailsOf(*report));
    Json result = {{"applied", Json::array()}};
    for (const auto& each : report->applied)
      result["applied"].push_back({{"path", each.path}, {"action", mamc::edit::ActionName(each.action)}});
    co_return result;
  }
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<DiffApply>("step", "diff-apply"))
