// task-update: changes the run's task on the board, together with a comment, as one effect.
#include <mamc/cpp/plugin.hpp>

namespace {

using namespace mamc::sdk;

constexpr int kMostConflicts = 5;

// The members of the board's `set`. Throws when the parameters do not fit together.
Json Changes(const Json& params) {
  Json set = Json::object();
  for (const char* field : {"status", "priority", "labels"})
    if (params.contains(field)) set[field] = params.at(field);

  const bool blocks = params.value("status", "") == "blocked";
  if (params.contains("reason") && !blocks)
    throw Failure(MAMC_E_INVALID,
                  "task-update: `reason` says why a task is blocked; write status: blocked with it");
  if (blocks) {
    set["blocked"]["reason"] = params.value("reason", "person");
    set["blocked"]["text"] = params.value("comment", "");
  }
  if (set.empty() && !params.contains("comment"))
    throw Failure(MAMC_E_INVALID, "task-update changes nothing: write status, comment, priority or labels");
  return set;
}

class TaskUpdate final : public Step {
 public:
  explicit TaskUpdate(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json& params = input.at("params");
    Json update;
    update["verb"] = "update";
    update["id"] = input.at("task").at("id");
    update["set"] = Changes(params);
    if (params.contains("comment")) update["comment"] = params.at("comment");
    if (!context.op_id().empty()) update["op_id"] = context.op_id();  // done once, however often it is tried

    for (int attempt = 1;; ++attempt) {
      const std::string number = std::to_string(attempt);
      const ChildResult end = co_await context.TryChild("update/" + number, "board", update);
      if (end.ok()) co_return Result(end.json.at("task"));
      if (end.code != MAMC_E_CONFLICT || attempt > kMostConflicts)
        throw Failure(end.code, "the task was not updated: " + end.message(), end.details());

      Json get;
      get["verb"] = "get";
      get["id"] = update.at("id");
      const Json now = co_await context.Child("get/" + number, "board", std::move(get));
      update["version"] = now.at("task").at("version");
    }
  }

 private:
  static Json Result(const Json& task) {
    Json result;
    for (const char* field : {"id", "status", "version"}) result["task"][field] = task.value(field, Json());
    return result;
  }
};

}  // namespace

MAMC_PLUGIN(Provide<TaskUpdate>("step", "task-update"))
