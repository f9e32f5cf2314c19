// What the dashboard says of tasks and milestones, checked: an answer that may be incomplete is an error.
#include "board.hpp"
#include "task_view.hpp"

namespace dashboard_board {
namespace {

std::string Named(const Place& place) {
  return "no task '" + place.id.substr(0, 60) + "' in project '" + place.project.substr(0, 60) + "'";
}

Failure Strange(const std::string& where, const std::string& what) {
  return Failure(MAMC_E_FAILED, "The dashboard " + where + " answered with " + what +
                                    ". Nothing is done with what may be incomplete.");
}

}  // namespace

std::string PathOf(const Place& place) {
  return Path({"projects", place.project, "tasks", place.id});
}

Json NoteIn(const Json& artifact) {
  const Json content = artifact.value("content", Json());
  Json parsed = content.is_string() ? ParseAnswer(content.get<std::string>()) : content;
  return parsed.is_object() ? parsed : Json::object();
}

Task<Place> Board::Find(Errand& errand, const Json& input) {
  const Json id = input.value("id", Json());
  const Json project = input.value("project", Json());
  Place place{"", id.is_string() ? id.get<std::string>() : id.dump()};
  if (project.is_string()) place.project = project.get<std::string>();
  if (!id.is_string() || place.id.empty())
    throw Failure(MAMC_E_NOT_FOUND, "The dashboard has " + Named(place) + ".");
  if (!place.project.empty()) co_return place;

  std::vector<std::string> found;
  const Json candidates = project.is_array() ? project : Json::array();
  for (const Json& one : candidates) {
    place.project = one.is_string() ? one.get<std::string>() : "";
    const bool has = !place.project.empty() && co_await Has(errand, place);
    if (has) found.push_back(place.project);
  }
  if (candidates.empty())
    throw Failure(MAMC_E_INVALID,
                  "Ids of tasks count within a project on the dashboard: say which project task " + place.id +
                      " is in (--project ID, or `projects:` in mamc.yaml).");
  if (found.empty())
    throw Failure(MAMC_E_NOT_FOUND,
                  "The dashboard has no task '" + place.id.substr(0, 60) +
                      "' in the projects of mamc.yaml. `mamc-host task list` shows the tasks there "
                      "are; --project ID names another project.");
  if (found.size() > 1)
    throw Failure(MAMC_E_INVALID, "Projects " + found[0] + " and " + found[1] + " both have a task " +
                                      place.id + ": say which is meant with --project ID.");
  place.project = found[0];
  co_return place;
}

Task<bool> Board::Has(Errand& errand, Place place) {
  try {
    co_await Entry(errand, place);
  } catch (const Failure& failure) {
    if (failure.code() != MAMC_E_NOT_FOUND) throw;
    co_return false;
  }
  co_return true;
}

Task<Json> Board::Entry(Errand& errand, Place place) {
  const Json answer = co_await api_.GetIfThere(errand, PathOf(place));
  if (answer.is_null())
    throw Failure(MAMC_E_NOT_FOUND, "The dashboard " + api_.shown() + " has " + Named(place) +
                                        ". `mamc-host task list` shows the tasks there are.");
  Json entry = TaskIn(answer);
  if (entry.is_null()) throw Strange(PathOf(place), "no task that has an id");
  if (IdText(entry["id"]) != place.id)
    throw Failure(MAMC_E_NOT_FOUND, "The dashboard has " + Named(place) + ".");
  co_return entry;
}

Task<Json> Board::Entries(Errand& errand, std::string project) {
  const std::string path = Path({"projects", project, "tasks"});
  const Json answer = co_await api_.GetIfThere(errand, path);
  if (answer.is_null())
    throw Failure(MAMC_E_NOT_FOUND, "The dashboard " + api_.shown() + " has no project '" + project +
                                        "': make it there, or correct the id.");
  Json entries = ListIn(answer, "tasks");
  if (entries.is_null()) throw Strange(path, "no list of tasks");
  for (std::size_t at = 0; at < entries.size(); ++at) {
    Json entry = TaskIn(entries[at]);
    if (entry.is_null()) throw Strange(path, "a task that has no id, at place " + std::to_string(at + 1));
    entries[at] = std::move(entry);
  }
  co_return entries;
}

Task<Json> Board::Milestones(Errand& errand, std::string project) {
  const std::string path = Path({"projects", project, "milestones"});
  const Json answer = co_await api_.GetIfThere(errand, path);
  const Json entries = answer.is_null() ? Json::array() : ListIn(answer, "milestones");
  if (entries.is_null()) throw Strange(path, "no list of milestones");
  Json milestones = Json::array();
  for (const Json& entry : entries)
    if (Json milestone = MilestoneFrom(entry); milestone["id"] != "")
      milestones.push_back(std::move(milestone));
  co_return milestones;
}

Task<Json> Board::Notes(Errand& errand, Place place, const char* kind) {
  const std::string path = PathOf(place) + "/artifacts?kind=" + kind;
  const Json answer = co_await api_.GetIfThere(errand, path);  // null: none was ever kept
  const Json artifacts = answer.is_null() ? Json::array() : ListIn(answer, "artifacts");
  if (artifacts.is_null()) throw Strange(path, "no list of artifacts");
  Json notes = Json::array();
  for (const Json& artifact : artifacts)
    if (artifact.is_object() && artifact.value("kind", Json(kind)) == kind) notes.push_back(artifact);
  co_return notes;
}

Task<Json> Board::ByExternalId(Errand& errand, std::string project, std::string external_id) {
  const Json entries = co_await Entries(errand, project);
  for (const Json& entry : entries)
    if (entry.value("external_id", Json()) == external_id) co_return entry;
  co_return nullptr;
}

}  // namespace dashboard_board
