#include "board.hpp"

#include <mamc/board.h>

#include <algorithm>
#include <chrono>
#include <mamc/cpp/self_test.hpp>

#include "mamc/task_fields.hpp"
#include "own_labels.hpp"
#include "task_view.hpp"

namespace dashboard_board {
namespace {

using mamc::board::CheckStatus;
using mamc::board::RequiredText;

std::string KeyOf(const Place& place) {
  return place.project + "\n" + place.id;
}

// Differs when a task was added, removed or changed.
std::string FingerprintOf(const Json& entries) {
  std::string print;
  for (const Json& entry : entries)
    print += IdText(entry["id"]) + "@" + std::to_string(VersionOf(entry)) + "/" +
             std::to_string(TimeMs(entry.value("updated_at", Json()))) + "/" +
             entry.value("status", Json()).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return print;
}

Json CommentFrom(const Json& artifact) {
  const Json parsed = NoteIn(artifact);
  const Json content = artifact.value("content", Json());
  if (!parsed.value("text", Json()).is_string())
    return {{"at_ms", TimeMs(artifact.value("created_at", Json()))},
            {"author", "dashboard"},
            {"text", content.is_string() ? content : Json(content.dump())}};
  const Json author = parsed.value("author", Json());
  return {{"at_ms", TimeMs(parsed.value("at", Json()))},
          {"author", author.is_string() ? author : Json("dashboard")},
          {"text", parsed["text"]}};
}

}  // namespace

std::int64_t SystemNowMs() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Board::Board(const Json& settings)
    : api_(settings),
      poll_(settings.value("poll_ms", 5000)),
      claim_life_ms_(settings.value("claim_life_ms", std::int64_t{600'000})) {}

Task<Json> Board::Do(Errand& errand, std::uint32_t verb, Json input) {
  if (!input.is_object()) throw Failure(MAMC_E_INVALID, "The board needs an object as input.");
  switch (verb) {
    case MAMC_VERB_SELFTEST:
      co_return co_await SelfTest(errand);
    case MAMC_BOARD_PROJECTS:
      co_return co_await Projects(errand, std::move(input));
    case MAMC_BOARD_LIST:
      co_return co_await List(errand, std::move(input));
    case MAMC_BOARD_GET:
      co_return co_await Get(errand, std::move(input));
    case MAMC_BOARD_CLAIM:
      co_return co_await Claim(errand, std::move(input));
    case MAMC_BOARD_UPDATE:
      co_return co_await Update(errand, std::move(input));
    case MAMC_BOARD_CREATE:
      co_return co_await Create(errand, std::move(input));
    case MAMC_BOARD_COMMENT:
      co_return co_await Comment(errand, std::move(input));
    case MAMC_BOARD_WATCH:
      co_return co_await Watch(errand, std::move(input));
    case MAMC_BOARD_MILESTONE:
      co_return co_await Milestone(errand, std::move(input));
    case MAMC_BOARD_ADOPT:
      co_return co_await Adopt(errand, std::move(input));
    default:
      throw Failure(MAMC_E_UNSUPPORTED, "The board 'dashboard' has no verb " + std::to_string(verb) + ".");
  }
}

Task<Json> Board::SelfTest(Errand& errand) {
  const std::string health = "/health";
  mamc::sdk::SelfTest test;
  try {
    const Json said = co_await api_.Get(errand, health);
    if (said.is_object() && said.value("ok", Json()) == false)
      test.Problem(
          MAMC_E_FAILED,
          "The dashboard " + api_.shown() + " says that it is not well: " + said.dump().substr(0, 200),
          "look at its log");
    else
      test.Fact("The dashboard " + api_.shown() + " answers");
  } catch (const Failure& failure) {
    if (failure.code() == MAMC_E_CANCELLED) throw;
    // What it says of its health is for people: any answer will do, but none that refuses us.
    if (failure.details().is_object() && failure.code() != MAMC_E_UNAVAILABLE &&
        failure.code() != MAMC_E_PERMISSION)
      test.Fact("The dashboard " + api_.shown() + " answers");
    else
      test.Problem(failure.code(), failure.what(),
                   "start it, or set DASHBOARD_API_BASE_URL and DASHBOARD_API_TOKEN "
                   "(boards.dashboard.base_url) to those of the one that is meant");
  }
  co_return test.result();
}

// ---- reading ----

// The API does not list its projects; it can be asked for one.
Task<Json> Board::Projects(Errand& errand, Json input) {
  Json projects = Json::array();
  const Json about = input.value("about", Json::array());
  for (const Json& id : about) {
    if (!id.is_string()) throw Failure(MAMC_E_INVALID, "'about' must be a list of ids of projects.");
    const std::string project = id.get<std::string>();
    const std::string path = Path({"projects", project});
    const Json answer = co_await api_.GetIfThere(errand, path);
    if (answer.is_null()) continue;
    const Json name = answer.is_object() ? answer.value("name", Json()) : Json();
    projects.push_back({{"id", project}, {"name", name.is_string() ? name : Json(project)}});
  }
  co_return Json{{"projects", std::move(projects)}};
}

Task<Json> Board::List(Errand& errand, Json input) {
  const std::string project = RequiredText(input, "project");
  const Json statuses = input.value("status", Json());
  if (!statuses.is_null() && !statuses.is_array())
    throw Failure(MAMC_E_INVALID, "'status' must be a list of statuses.");
  for (const Json& status : statuses) CheckStatus(status, "status");

  const Json entries = co_await Entries(errand, project);
  listed_[project] = FingerprintOf(entries);
  Json tasks = Json::array();
  for (const Json& entry : entries) {
    const std::string status = TaskFrom(entry, project, claim_life_ms_)["status"];
    if (!statuses.is_null() && std::find(statuses.begin(), statuses.end(), status) == statuses.end())
      continue;
    Json task = co_await View(errand, project, entry);
    tasks.push_back(std::move(task));
  }
  Json milestones = co_await Milestones(errand, project);
  co_return Json{{"tasks", std::move(tasks)}, {"milestones", std::move(milestones)}};
}

Task<Json> Board::Get(Errand& errand, Json input) {
  const Place place = co_await Find(errand, input);
  Json entry = co_await Entry(errand, place);
  const Json notes = co_await Notes(errand, place, kComment);
  Json comments = Json::array();
  for (const Json& artifact : notes) comments.push_back(CommentFrom(artifact));
  std::stable_sort(comments.begin(), comments.end(),
                   [](const Json& a, const Json& b) { return a["at_ms"] < b["at_ms"]; });
  Json task = co_await View(errand, place.project, std::move(entry));
  co_return Json{{"task", std::move(task)}, {"comments", std::move(comments)}};
}

Task<Json> Board::Watch(Errand& errand, Json input) {
  const std::string project = RequiredText(input, "project");
  std::string seen;
  // What has changed since the caller looked last counts, not since this call came through.
  if (const auto listed = listed_.find(project); listed != listed_.end()) {
    seen = listed->second;
  } else {
    const Json entries = co_await Entries(errand, project);
    seen = FingerprintOf(entries);
  }
  for (;;) {
    co_await errand.Sleep(poll_);
    const Json entries = co_await Entries(errand, project);
    std::string now = FingerprintOf(entries);
    if (now == seen) continue;
    seen = std::move(now);
    errand.Emit("changed", Json::object());
  }
}

Task<Json> Board::Milestone(Errand& errand, Json input) {
  const std::string project = RequiredText(input, "project");
  const std::string title = RequiredText(input, "title");
  const Json branch = input.value("branch", Json());
  const Json milestones = co_await Milestones(errand, project);
  for (const Json& milestone : milestones) {
    if (milestone["title"] != title) continue;
    if (!branch.is_null() && milestone["branch"].is_null())
      throw Failure(MAMC_E_UNSUPPORTED, "The dashboard's API cannot give the milestone '" + title +
                                            "' a branch: set it in the dashboard.");
    co_return Json{{"milestone", milestone}};
  }
  throw Failure(MAMC_E_UNSUPPORTED,
                "Project '" + project + "' has no milestone '" + title +
                    "', and the dashboard's API cannot make one: make it in the dashboard " + api_.shown() +
                    ".");
}

// The task with the text that says why it is blocked, which lies beside it.
Task<Json> Board::View(Errand& errand, std::string project, Json entry) {
  Json task = TaskFrom(entry, project, claim_life_ms_);
  const std::string why = OwnLabels(entry.value("labels", Json())).Get("why");
  const bool has_text = task["blocked"].is_object() && task["blocked"]["text"] == "" && !why.empty();
  if (!has_text) co_return task;
  const Place place{project, task["id"]};
  const auto known = texts_.find(KeyOf(place));
  if (known == texts_.end() || known->second.first != why) {
    const Json notes = co_await Notes(errand, place, kBlockedReason);
    RememberText(place, why, "");
    for (const Json& artifact : notes) {
      const Json parsed = NoteIn(artifact);
      if (parsed.value("op", Json()) != why) continue;
      if (const Json text = parsed.value("text", Json()); text.is_string())
        RememberText(place, why, text.get<std::string>());
    }
  }
  task["blocked"]["text"] = texts_[KeyOf(place)].second;
  co_return task;
}

void Board::RememberText(const Place& place, const std::string& why, const std::string& text) {
  texts_[KeyOf(place)] = {why, text};
}

}  // namespace dashboard_board
