#include <cstdlib>
#include <random>

#include "board.hpp"
#include "mamc/task_fields.hpp"
#include "own_labels.hpp"
#include "task_view.hpp"

namespace dashboard_board {
namespace {

using mamc::board::CheckSet;
using mamc::board::CheckStatus;
using mamc::board::CompleteBlocked;
using mamc::board::RequiredText;

constexpr const char* kOwnName = "mamc-host";  // author of comments that come with an update
constexpr std::int64_t kNearMs = 1000;         // a dashboard may keep whole seconds

std::string RandomMark() {
  std::random_device device;
  return OpMark(std::to_string(device()) + "/" + std::to_string(device()) + "/" + std::to_string(device()));
}

Failure Conflict(const std::string& message, const Json& task) {
  return Failure(MAMC_E_CONFLICT, message,
                 {{"status", task["status"]}, {"version", task["version"]}, {"claim", task["claim"]}});
}

// A claim of the API counts from its claimed_at for as long as everybody's setting says; one that shall count
// for another time began as much earlier or later.
std::int64_t ClaimedAtMs(std::int64_t now_ms, std::int64_t ttl_ms, std::int64_t claim_life_ms) {
  return now_ms + std::min(ttl_ms, claim_life_ms) - claim_life_ms;
}

void Unblock(OwnLabels& labels) {
  for (const char* name : {"blocked", "attempts", "why", "unfinished"}) labels.Set(name, "");
}

// In the dashboard's own word.
std::string StatusWord(const Json& entry, const Place& place) {
  const Json word = entry.value("status", Json());
  if (!word.is_string() || word == "")
    throw Failure(MAMC_E_FAILED, "The dashboard gives task " + place.id +
                                     " no status that is a word, so none can be expected: set one there.");
  return word.get<std::string>();
}

bool IsBlockedByUs(const OwnLabels& labels) {
  for (const char* name : {"blocked", "attempts", "why", "unfinished"})
    if (!labels.Get(name).empty()) return true;
  return false;
}

// What stands in labels, since the API has no field for it.
void SetOwn(OwnLabels& labels, const Json& set, const std::string& op) {
  if (set.contains("labels")) labels.SetOthers(set["labels"]);
  for (const char* name : {"type", "workflow", "repo", "branch"})
    if (set.contains(name)) labels.Set(name, set[name].is_string() ? set[name].get<std::string>() : "");
  const Json blocked = set.value("blocked", Json());
  if (set.contains("blocked")) Unblock(labels);
  if (!blocked.is_object()) return;
  labels.Set("blocked", blocked["reason"].get<std::string>());
  if (blocked["attempts"] != 0) labels.Set("attempts", blocked["attempts"].dump());
  if (blocked["text"] != "") labels.Set("why", op);
}

Json FieldsForApi(const Json& set) {
  Json body = Json::object();
  for (const char* name : {"title", "description", "status"})
    if (set.contains(name)) body[name] = set[name];
  if (set.contains("priority")) body["priority_score"] = set["priority"].get<std::int64_t>();
  if (set.contains("milestone"))
    body["milestone_id"] =
        set["milestone"].is_null() ? Json() : IdForApi(set["milestone"].get<std::string>());
  if (set.contains("dependencies")) {
    body["blocked_dependencies"] = Json::array();
    for (const Json& id : set["dependencies"])
      body["blocked_dependencies"].push_back(IdForApi(id.get<std::string>()));
  }
  if (set.contains("claim")) body["claimed_by"] = body["claimed_at"] = nullptr;
  return body;
}

Json BodyOfUpdate(const Json& set, const Json& entry, const Json& task, const std::string& op) {
  const std::string status = set.value("status", task["status"].get<std::string>());
  if (!set.value("blocked", Json()).is_null() && status != "blocked")
    throw Failure(MAMC_E_INVALID, "Task " + task["id"].get<std::string>() +
                                      " cannot get 'blocked': its status is " + status +
                                      ". Set the status blocked with it.");
  OwnLabels labels(entry.value("labels", Json()));
  if (status != "blocked") Unblock(labels);
  SetOwn(labels, set, op);
  labels.AddDone(op);
  Json body = FieldsForApi(set);
  body["labels"] = labels.ToJson();
  return body;
}

}  // namespace

std::string OpOf(const Errand& errand, const Json& input) {
  const Json given = input.value("op_id", Json());
  if (!given.is_null()) return OpMark(RequiredText(input, "op_id"));
  return errand.facts().op_id.empty() ? RandomMark() : OpMark(errand.facts().op_id);
}

void CheckForApi(const Json& fields) {
  constexpr std::size_t kLongestTitle = 500;
  constexpr double kHighestPriority = 10'000;
  std::string problems;
  const auto add = [&](const std::string& problem) { problems += (problems.empty() ? "" : "; ") + problem; };
  if (const Json priority = fields.value("priority", Json()); priority.is_number()) {
    const double number = priority.get<double>();
    if (!(number >= 0 && number <= kHighestPriority) ||
        number != static_cast<double>(static_cast<int>(number)))
      add("'priority' must be a whole number from 0 to 10000, not " + priority.dump());
  }
  if (const Json title = fields.value("title", Json());
      title.is_string() && title.get_ref<const std::string&>().size() > kLongestTitle)
    add("'title' must not be longer than 500 bytes");
  if (const std::string label = ReservedLabel(fields.value("labels", Json())); !label.empty())
    add("the label '" + label + "' cannot be set: what begins with mamc: is kept for mamc-host");
  if (!problems.empty()) throw Failure(MAMC_E_INVALID, "The dashboard cannot hold this: " + problems + ".");
}

Task<Json> Board::Claim(Errand& errand, Json input) {
  const std::string owner = RequiredText(input, "owner");
  CheckStatus(input.value("expected_status", Json()), "expected_status");
  const std::string expected = input["expected_status"];
  const Json ttl = input.value("ttl_ms", Json());
  if (!ttl.is_number_integer() || ttl.get<std::int64_t>() <= 0)
    throw Failure(MAMC_E_INVALID, "'ttl_ms' must be a number of milliseconds above 0.");
  const std::int64_t claimed_at = ClaimedAtMs(SystemNowMs(), ttl.get<std::int64_t>(), claim_life_ms_);
  const Place place = co_await Find(errand, input);

  bool sent = false;
  Change change = [&](const Json& entry) -> Json {
    const Json task = TaskFrom(entry, place.project, claim_life_ms_);
    const Json& claim = task["claim"];
    const std::string status = task["status"];
    const bool ours = claim.is_object() && claim["owner"] == owner;
    const std::int64_t until = claim.is_object() ? claim["until_ms"].get<std::int64_t>() : 0;
    if (sent && ours && status == "in_progress" && std::abs(until - claim_life_ms_ - claimed_at) < kNearMs)
      return nullptr;  // its answer was lost
    if (status != expected)
      throw Conflict("Task " + place.id + " is " + status + ", not " + expected +
                         ": somebody changed it first. Read it again.",
                     task);
    if (claim.is_object() && !ours && until > SystemNowMs())
      throw Conflict("Task " + place.id + " is claimed by " + claim["owner"].get<std::string>() +
                         " for another " + std::to_string(until - SystemNowMs()) + " ms.",
                     task);
    sent = true;
    Json body = {{"status", "in_progress"},
                 {"expected_status", StatusWord(entry, place)},
                 {"claimed_by", owner},
                 {"claimed_at", IsoTime(claimed_at)}};
    OwnLabels labels(entry.value("labels", Json()));
    if (IsBlockedByUs(labels)) {
      Unblock(labels);
      body["labels"] = labels.ToJson();
    }
    return body;
  };
  Json entry = co_await Write(errand, place, change);
  Json task = co_await View(errand, place.project, std::move(entry));
  co_return Json{{"task", std::move(task)}};
}

Task<Json> Board::Update(Errand& errand, Json input) {
  const Json set = CompleteBlocked(input.value("set", Json::object()));
  CheckSet(set);
  CheckForApi(set);
  const bool has_comment = !input.value("comment", Json()).is_null();
  const std::string text = has_comment ? RequiredText(input, "comment") : "";
  const bool repeats = !input.value("op_id", Json()).is_null();  // perhaps
  const std::string op = OpOf(errand, input);
  const Place place = co_await Find(errand, input);
  co_await CheckReferences(errand, place, set);

  Change change = [&](const Json& entry) -> Json {
    const Json task = TaskFrom(entry, place.project, claim_life_ms_);
    if (OwnLabels(entry.value("labels", Json())).HasDone(op)) return nullptr;
    const Json version = input.value("version", Json());
    if (!version.is_null() && version != task["version"])
      throw Conflict("Task " + place.id + " has version " + task["version"].dump() + ", not " +
                         version.dump() + ": somebody changed it first. Read it again.",
                     task);
    return set.empty() ? Json() : BodyOfUpdate(set, entry, task, op);
  };
  // The text lies there before the task points to it.
  const Json blocked = set.value("blocked", Json());
  if (blocked.is_object() && blocked["text"] != "") {
    const Json entry = co_await Entry(errand, place);
    if (!change(entry).is_null()) {
      Note note{kBlockedReason, op, {{"text", blocked["text"]}}};
      co_await Keep(errand, place, std::move(note), repeats);
      RememberText(place, op, blocked["text"].get<std::string>());
    }
  }
  Json entry = co_await Write(errand, place, change);
  if (has_comment) {
    Note note{kComment, op, {{"at", IsoTime(SystemNowMs())}, {"author", kOwnName}, {"text", text}}};
    co_await Keep(errand, place, std::move(note), repeats);
  }
  Json task = co_await View(errand, place.project, std::move(entry));
  co_return Json{{"task", std::move(task)}};
}

Task<Json> Board::Comment(Errand& errand, Json input) {
  const std::string text = RequiredText(input, "text");
  const std::string author = RequiredText(input, "author");
  const bool repeats = !input.value("op_id", Json()).is_null();
  const std::string op = OpOf(errand, input);
  const Place place = co_await Find(errand, input);
  co_await Entry(errand, place);
  Note note{kComment, op, {{"at", IsoTime(SystemNowMs())}, {"author", author}, {"text", text}}};
  co_await Keep(errand, place, std::move(note), repeats);
  co_return Json::object();
}

// The dashboard knows which consumers are dead.
Task<Json> Board::Adopt(Errand& errand, Json input) {
  const std::string project = RequiredText(input, "project");
  Json body = {{"consumer_id", RequiredText(input, "owner")}};
  const std::string path = Path({"projects", project, "tasks", "adopt-orphans"});
  Api::Patience patience(api_, Api::For::kChange);
  for (;;) {
    Sent sent = co_await api_.Send(errand, "POST", path, body);
    if (sent.end == Sent::End::kDone) co_return Json::object();
    if (sent.end == Sent::End::kRefused) throw Failure(MAMC_E_FAILED, sent.words);
    co_await patience.Wait(errand, *sent.trouble);
  }
}

}  // namespace dashboard_board
