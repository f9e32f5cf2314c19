#include "board.hpp"
#include "task_view.hpp"

namespace dashboard_board {
namespace {

using mamc::http::Milliseconds;

constexpr int kMostConflicts = 5;
constexpr Milliseconds kConflictPause(50);

bool IsWholeAnswer(const Json& entry, const Place& place) {
  return entry.is_object() && IdText(entry["id"]) == place.id && entry.contains("title") &&
         entry.contains("status") && entry.contains("labels");
}

// A chain of dependencies from `from` back to it.
bool Reaches(const std::map<std::string, Json>& needs, const std::string& from) {
  std::vector<std::string> open{from};
  std::map<std::string, bool> seen;
  while (!open.empty()) {
    const auto found = needs.find(open.back());
    open.pop_back();
    if (found == needs.end()) continue;
    for (const Json& id : found->second) {
      const auto text = id.get<std::string>();
      if (text == from) return true;
      if (!std::exchange(seen[text], true)) open.push_back(text);
    }
  }
  return false;
}

}  // namespace

// ---- one way to write: read, compare, send with the version that was read ----

Task<Json> Board::Write(Errand& errand, Place place, Change change) {
  Api::Patience patience(api_, Api::For::kChange);
  for (int conflicts = 0;;) {
    const Json entry = co_await Entry(errand, place);
    Json body = change(entry);
    if (body.is_null()) co_return entry;
    const bool locks = entry.contains("lock_version") || entry.contains("lockVersion");
    if (locks) body["lock_version"] = VersionOf(entry);
    Sent sent = co_await api_.Send(errand, "PATCH", PathOf(place), std::move(body));
    if (sent.end == Sent::End::kDone) {
      Json written = TaskIn(sent.answer);
      if (IsWholeAnswer(written, place)) co_return written;
      co_return co_await Entry(errand, place);
    }
    // Whether it was done is seen when the task is read again.
    if (sent.end == Sent::End::kUnknown) {
      co_await patience.Wait(errand, *sent.trouble);
      continue;
    }
    // A task that is as it was read is refused for what was sent, unless the dashboard says that it was not.
    if (sent.status != 409) {
      const Json now = co_await Entry(errand, place);
      if (VersionOf(now) == VersionOf(entry)) throw Failure(MAMC_E_INVALID, sent.words);
    }
    if (++conflicts > kMostConflicts)
      throw Failure(MAMC_E_CONFLICT, "Task " + place.id + " was changed by others each time: " + sent.words);
    co_await errand.Sleep(kConflictPause * conflicts);
  }
}

// `maybe_kept`: an earlier try of the same may have come through.
Task<void> Board::Keep(Errand& errand, Place place, Note note, bool maybe_kept) {
  Api::Patience patience(api_, Api::For::kChange);
  note.content["op"] = note.op;
  Json body = {{"kind", note.kind},
               {"content", note.content.dump(-1, ' ', false, Json::error_handler_t::replace)}};
  for (;;) {
    if (maybe_kept) {
      const Json notes = co_await Notes(errand, place, note.kind);
      for (const Json& artifact : notes)
        if (NoteIn(artifact).value("op", Json()) == note.op) co_return;
    }
    Sent sent = co_await api_.Send(errand, "POST", PathOf(place) + "/artifacts", body);
    if (sent.end == Sent::End::kDone) co_return;
    if (sent.end == Sent::End::kRefused) throw Failure(MAMC_E_INVALID, sent.words);
    co_await patience.Wait(errand, *sent.trouble);
    maybe_kept = true;
  }
}

// A milestone and dependencies must be the project's; dependencies must not close a circle.
Task<void> Board::CheckReferences(Errand& errand, Place place, const Json& fields) {
  if (const Json wanted = fields.value("milestone", Json()); wanted.is_string()) {
    const Json milestones = co_await Milestones(errand, place.project);
    bool known = false;
    for (const Json& milestone : milestones) known = known || milestone["id"] == wanted;
    if (!known)
      throw Failure(MAMC_E_NOT_FOUND, "The project '" + place.project + "' has no milestone with the id " +
                                          wanted.dump() + ".");
  }
  const Json ids = fields.value("dependencies", Json::array());
  const Json followed = fields.value("follows", Json());
  if (ids.empty() && followed.is_null()) co_return;
  const Json entries = co_await Entries(errand, place.project);
  std::map<std::string, Json> needs;
  for (const Json& entry : entries) {
    const Json task = TaskFrom(entry, place.project, claim_life_ms_);
    needs[task["id"].get<std::string>()] = task["dependencies"];
  }
  if (followed.is_string() && !needs.contains(followed.get<std::string>()))
    throw Failure(MAMC_E_NOT_FOUND, "A task cannot follow task " + followed.dump() + ": the project '" +
                                        place.project + "' has no such task.");
  for (const Json& id : ids)
    if (!needs.contains(id.get<std::string>()))
      throw Failure(MAMC_E_NOT_FOUND, "A task cannot depend on task " + id.dump() + ": the project '" +
                                          place.project + "' has no such task.");
  needs[place.id] = ids;
  if (!place.id.empty() && Reaches(needs, place.id))
    throw Failure(MAMC_E_INVALID, "Task " + place.id + " would depend on itself through its dependencies " +
                                      ids.dump() + ": none of them could ever start.");
}

}  // namespace dashboard_board
