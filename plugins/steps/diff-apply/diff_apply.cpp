// The step type `diff-apply`: mamc::edit on the run's workspace.
#include <mamc/step.h>

#include <algorithm>
#include <mamc/cpp/plugin.hpp>

#include "mamc/edit/apply.hpp"
#include "mamc/edit/report_json.hpp"

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
  policy.max_total_bytes = params.value("max_total_bytes", policy.max_total_bytes);
  const auto allow = params.value("allow", std::vector<std::string>());
  auto allows = [&](const char* kind) { return std::find(allow.begin(), allow.end(), kind) != allow.end(); };
  policy.allow_ci = allows("ci");
  policy.allow_hooks = allows("hooks");
  policy.allow_secrets = allows("secrets");
  policy.allow_install = allows("install");
  return policy;
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
    const auto finish = mamc::edit::FinishOf(params.value("finish_reason", ""));
    const auto answer = mamc::edit::ParseAnswer(params.at("source").get<std::string>(), finish);
    const auto report = mamc::edit::Apply(answer, WorkspacePath(input), PolicyOf(params));
    if (!report.ok())
      throw Failure(static_cast<mamc_code>(report.status().code()),
                    "cannot write the edits: " + report.status().message());
    if (!report->ok())
      throw Failure(MAMC_E_FAILED,
                    "the edits were refused and nothing was changed: " + report->refused[0].reason,
                    mamc::edit::RefusalJson(*report));
    co_return mamc::edit::AppliedJson(*report);
  }
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<DiffApply>("step", "diff-apply"))
