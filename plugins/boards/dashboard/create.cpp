#include "board.hpp"
#include "mamc/task_fields.hpp"
#include "own_labels.hpp"
#include "task_view.hpp"

namespace dashboard_board {
namespace {

using mamc::board::CheckCreate;
using mamc::board::CompleteBlocked;

// The API makes a task without its dependencies: until it has them it is nobody's to work on.
bool ComesInTwoSteps(const Json& fields) {
  return !fields.value("dependencies", Json::array()).empty();
}

Json LabelsFor(const Json& fields, const std::string& op) {
  OwnLabels labels(Json::array());
  if (fields.contains("labels")) labels.SetOthers(fields["labels"]);
  for (const char* name : {"type", "workflow", "repo", "branch", "follows"})
    if (const Json value = fields.value(name, Json()); value.is_string())
      labels.Set(name, value.get<std::string>());
  const Json blocked = fields.value("blocked", Json());
  if (blocked.is_object()) {
    labels.Set("blocked", blocked["reason"].get<std::string>());
    if (blocked["attempts"] != 0) labels.Set("attempts", blocked["attempts"].dump());
    if (blocked["text"] != "") labels.Set("why", op);
  }
  if (ComesInTwoSteps(fields)) labels.Set("unfinished", fields.value("status", "open"));
  return labels.ToJson();
}

Json BodyFor(const Json& fields, const std::string& external_id, const std::string& op) {
  Json body = {{"title", fields["title"]},
               {"description", fields.value("description", "")},
               {"status", ComesInTwoSteps(fields) ? "blocked" : fields.value("status", "open")},
               {"priority_score", static_cast<std::int64_t>(fields.value("priority", 0.0))},
               {"external_id", external_id},
               {"labels", LabelsFor(fields, op)}};
  if (const Json milestone = fields.value("milestone", Json()); milestone.is_string())
    body["milestone_id"] = IdForApi(milestone.get<std::string>());
  return body;
}

Json FirstOf(const Json& answer, const char* list) {
  const Json found = answer.is_object() ? answer.value(list, Json()) : Json();
  return found.is_array() && !found.empty() ? found[0] : Json();
}

}  // namespace

Task<Json> Board::Create(Errand& errand, Json input) {
  const Json fields = CompleteBlocked(input);
  CheckCreate(fields);
  CheckForApi(fields);
  const std::string op = OpOf(errand, Json::object());
  const std::string project = fields["project"];
  const Place nowhere{project, ""};
  co_await CheckReferences(errand, nowhere, fields);

  const Json given = fields.value("external_id", Json());
  const std::string external_id =
      given.is_string() ? given.get<std::string>() : std::string(kOwnExternalId) + op;
  bool created = false;
  Json body = BodyFor(fields, external_id, op);
  Json made = co_await Made(errand, project, std::move(body), &created);
  const Place place{project, IdText(made["id"])};

  const Json blocked = fields.value("blocked", Json());
  if (created && blocked.is_object() && blocked["text"] != "") {
    Note note{kBlockedReason, op, {{"text", blocked["text"]}}};
    co_await Keep(errand, place, std::move(note), false);
  }
  Change finish = [&](const Json& entry) -> Json {
    OwnLabels labels(entry.value("labels", Json()));
    const std::string status = labels.Get("unfinished");
    if (status.empty() || !ComesInTwoSteps(fields)) return nullptr;
    labels.Set("unfinished", "");
    Json finished = {
        {"status", status}, {"blocked_dependencies", Json::array()}, {"labels", labels.ToJson()}};
    for (const Json& id : fields["dependencies"])
      finished["blocked_dependencies"].push_back(IdForApi(id.get<std::string>()));
    return finished;
  };
  Json entry = co_await Write(errand, place, finish);
  Json task = co_await View(errand, project, std::move(entry));
  co_return Json{{"task", std::move(task)}, {"created", created}};
}

// Sent again when its answer is lost: the dashboard makes no second task with the same external id.
Task<Json> Board::Made(Errand& errand, std::string project, Json body, bool* created) {
  const std::string external_id = body["external_id"];
  const bool own_id = external_id.starts_with(kOwnExternalId);
  Json request;
  request["tasks"] = Json::array({std::move(body)});
  const std::string path = Path({"projects", project, "tasks:bulk"});
  Api::Patience patience(api_, Api::For::kChange);
  for (;;) {
    Sent sent = co_await api_.Send(errand, "POST", path, request);
    if (sent.end == Sent::End::kRefused) throw Failure(MAMC_E_INVALID, sent.words);
    if (sent.end == Sent::End::kUnknown) {
      co_await patience.Wait(errand, *sent.trouble);
      continue;
    }
    Json task = TaskIn(FirstOf(sent.answer, "created"));
    *created = !task.is_null() || own_id;  // nobody else has an id of ours
    if (!task.is_null()) co_return task;
    const Json skipped = FirstOf(sent.answer, "skipped");
    task = TaskIn(skipped);
    if (task.is_null()) task = co_await ByExternalId(errand, project, external_id);
    if (task.is_null())
      throw Failure(MAMC_E_FAILED, "The dashboard made no task and knows none with the external id '" +
                                       external_id + "': " + skipped.dump().substr(0, 500));
    const Place place{project, IdText(task["id"])};
    const bool here = co_await Has(errand, place);
    if (!here)
      throw Failure(MAMC_E_INVALID,
                    "The external id '" + external_id +
                        "' belongs to a task of another project on this dashboard, where each may "
                        "be there once. Choose another.");
    co_return task;
  }
}

}  // namespace dashboard_board
