#include "mamc/notes/notes.hpp"

namespace mamc::notes {

using sdk::Failure;
using sdk::Json;

namespace {

constexpr int kRetries = 3;  // a remote that is away for a moment must not cost an entry

// The way to the remote, or its rules: nothing that an entry could mend.
bool IsOfTheRemote(mamc_code code) {
  return code == MAMC_E_UNAVAILABLE || code == MAMC_E_TIMEOUT || code == MAMC_E_PERMISSION;
}

std::string Text(const Json& input, const char* object, const char* member) {
  const auto outer = input.find(object);
  if (outer == input.end() || !outer->is_object()) return {};
  const auto found = outer->find(member);
  return found != outer->end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool IsKept(const Json& input) {
  return HasRepository(input) && !Text(input, "task", "id").empty() && Text(input, "project", "ma") != "off";
}

}  // namespace

bool HasRepository(const Json& input) {
  return !Text(input, "project", "repo").empty() || !Text(input, "task", "repo").empty();
}

Notes::Notes(sdk::Context& context, const Json& input) : context_(context), kept_(IsKept(input)) {}

sdk::Task<Json> Notes::Earlier() {
  Json earlier = Json::object();
  if (!kept_) co_return earlier;
  Json params;
  params["operation"] = "read";
  const Json read = co_await Ask("notes/0", std::move(params));
  for (const char* name : {"earlier_plans", "earlier_tests"})
    if (read.contains(name)) earlier[name] = read.at(name);
  co_return earlier;
}

sdk::Task<void> Notes::Add(int iteration, Json entry) {
  if (!kept_) co_return;
  entry["iteration"] = iteration;
  std::string key = "notes/" + std::to_string(iteration);
  try {
    co_await Ask(std::move(key), std::move(entry));
  } catch (const Failure& failure) {
    if (!IsOfTheRemote(failure.code())) throw;
    context_.Log(MAMC_LOG_WARN, std::string("an entry is left out of ") + failure.what());
  }
}

sdk::Task<Json> Notes::Ask(std::string key, Json params) {
  Json call;
  call["type"] = "ma-files";
  call["params"] = std::move(params);
  call["retries"] = kRetries;
  sdk::ChildResult end = co_await context_.TryChild(key, "step.run", std::move(call));
  if (!end.ok())
    throw Failure(end.code,
                  "the task's log in .ma (" + key + "): " + end.message() +
                      " (a project with `ma: off` in mamc.yaml keeps none)",
                  end.details());
  co_return end.json.value("result", Json::object());
}

}  // namespace mamc::notes
