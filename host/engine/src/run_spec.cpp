#include "mamc/engine/run.hpp"

namespace mamc::engine {

Json RunSpec::ToJson() const {
  return {{"kind", kind},           {"work_persona", work_persona},
          {"task", task},           {"project", project},
          {"milestone", milestone}, {"variables", variables},
          {"request", request},     {"repo", repo},
          {"branch", branch},       {"base", base},
          {"commit", commit}};
}

RunSpec RunSpec::FromJson(const Json& json) {
  RunSpec spec;
  spec.kind = GetString(json, "kind", "task");
  spec.work_persona = GetString(json, "work_persona");
  spec.task = GetMember(json, "task");
  spec.project = GetMember(json, "project");
  spec.milestone = GetMember(json, "milestone");
  spec.variables = GetMember(json, "variables");
  spec.request = GetMember(json, "request");
  spec.repo = GetString(json, "repo");
  spec.branch = GetString(json, "branch");
  spec.base = GetString(json, "base");
  spec.commit = GetString(json, "commit");
  return spec;
}

}  // namespace mamc::engine
