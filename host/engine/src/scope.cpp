#include "scope.hpp"

#include "frame.hpp"

namespace mamc::engine {
namespace {

// Follows the rest of a path into a value; null when it leads nowhere.
Json Descend(const Json& value, const std::vector<std::string>& path, std::size_t from) {
  const Json* at = &value;
  for (std::size_t i = from; i < path.size(); ++i) {
    if (!at->is_object()) return {};
    auto it = at->find(path[i]);
    if (it == at->end()) return {};
    at = &*it;
  }
  return *at;
}

}  // namespace

std::string PersonaStateKey(const std::string& persona) {
  return "personas." + persona;
}

Json StepScope::Lookup(std::string_view root, const std::vector<std::string>& path) const {
  const RunSpec& spec = run_.spec();
  if (root == "steps") return LookupStep(path);
  if (root == "state") return LookupState(path, 0);
  if (root == "variables") return Descend(environment_.variables, path, 0);
  if (root == "task") return Descend(spec.task, path, 0);
  if (root == "project") return Descend(spec.project, path, 0);
  if (root == "milestone") return Descend(spec.milestone, path, 0);
  if (root == "repo") return spec.repo;
  if (root == "branch") return spec.branch;
  if (root == "context") return LookupContext(path);
  if (root == "result") return result_ == nullptr ? Json() : Descend(*result_, path, 0);
  if (root == "request") return Descend(spec.request, path, 0);
  if (root == "persona") return Descend(Json{{"id", spec.work_persona}}, path, 0);
  if (root == "personas" && path.size() >= 2 && path[1] == "result") {
    auto persona = run_.FindPersona(path[0]);
    return Descend(environment_.state->Read(PersonaStateKey(persona ? persona->id : path[0]), version_), path,
                   2);
  }
  return {};
}

Json StepScope::LookupState(const std::vector<std::string>& path, std::size_t from) const {
  if (path.size() <= from) return environment_.state->Snapshot(version_);
  Json value = environment_.state->Read(path[from], version_);
  if (value.is_null() && frame_ != nullptr) {
    // The spec's <id>_result and <id>_status, without keeping every result twice.
    for (std::string_view suffix : {"_result", "_status"})
      if (path[from].ends_with(suffix))
        value = frame_->StepValue(path[from].substr(0, path[from].size() - suffix.size()),
                                  std::string(suffix.substr(1)));
  }
  return Descend(value, path, from + 1);
}

Json StepScope::LookupContext(const std::vector<std::string>& path) const {
  if (path.empty()) return {};
  if (path[0] == "state") return LookupState(path, 1);
  if (path[0] != "summary") return {};
  Json summary = environment_.state->Read("context_summary", version_);
  return summary.is_null() ? Json(run_.PulledSummary()) : summary;
}

Json StepScope::LookupStep(const std::vector<std::string>& path) const {
  if (frame_ == nullptr || path.size() < 2) return {};
  return Descend(frame_->StepValue(path[0], path[1]), path, 2);
}

}  // namespace mamc::engine
