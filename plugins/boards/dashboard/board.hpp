// The verbs of mamc/board.h on the dashboard's API: board.cpp lists and watches, change.cpp changes tasks,
// create.cpp makes them; entries.cpp reads what the dashboard says, write.cpp is the one way to write to it.
//
// Thread rule: the HTTP client's worker thread.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "api.hpp"

namespace dashboard_board {

// A task's ids count within its project.
struct Place {
  std::string project;
  std::string id;
};

// What a comment, or the text of a blocked task, is kept as. The API has no field for either: see README.md.
struct Note {
  const char* kind;
  std::string op;  // not kept twice
  Json content;
};

class Board {
 public:
  explicit Board(const Json& settings);

  Task<Json> Do(Errand& errand, std::uint32_t verb, Json input);

 private:
  // What an UPDATE, CLAIM or the end of a CREATE sends for the task as it is; null: nothing has to be sent.
  // Throws when the task is not as the caller thinks.
  using Change = std::function<Json(const Json& entry)>;

  // ---- board.cpp ----
  Task<Json> SelfTest(Errand& errand);
  Task<Json> Projects(Errand& errand, Json input);
  Task<Json> List(Errand& errand, Json input);
  Task<Json> Get(Errand& errand, Json input);
  Task<Json> Watch(Errand& errand, Json input);
  Task<Json> Milestone(Errand& errand, Json input);

  Task<Place> Find(Errand& errand, const Json& input);
  Task<bool> Has(Errand& errand, Place place);
  Task<Json> Entry(Errand& errand, Place place);
  Task<Json> Entries(Errand& errand, std::string project);
  Task<Json> Milestones(Errand& errand, std::string project);
  Task<Json> Notes(Errand& errand, Place place, const char* kind);
  Task<Json> View(Errand& errand, std::string project, Json entry);

  // ---- change.cpp ----
  Task<Json> Claim(Errand& errand, Json input);
  Task<Json> Update(Errand& errand, Json input);
  Task<Json> Comment(Errand& errand, Json input);
  Task<Json> Adopt(Errand& errand, Json input);

  Task<Json> Write(Errand& errand, Place place, Change change);
  Task<void> Keep(Errand& errand, Place place, Note note, bool maybe_kept);
  Task<void> CheckReferences(Errand& errand, Place place, const Json& fields);
  void RememberText(const Place& place, const std::string& why, const std::string& text);

  // ---- create.cpp ----
  Task<Json> Create(Errand& errand, Json input);
  Task<Json> Made(Errand& errand, std::string project, Json body, bool* created);
  Task<Json> ByExternalId(Errand& errand, std::string project, std::string external_id);

  Api api_;
  const mamc::http::Milliseconds poll_;
  const std::int64_t claim_life_ms_;
  // The text of blocked tasks by place, with the mark that says which: it is asked for once.
  std::map<std::string, std::pair<std::string, std::string>> texts_;
  std::map<std::string, std::string> listed_;  // by project: what LIST saw last
};

// ---- what the verbs have in common ----
std::string PathOf(const Place& place);
// What an artifact holds of ours, an object; an empty one when somebody else wrote it.
Json NoteIn(const Json& artifact);
// Throws MAMC_E_INVALID for what the API cannot hold.
void CheckForApi(const Json& fields);
// Of the caller's op_id, else of the host's for this call, else one of its own.
std::string OpOf(const Errand& errand, const Json& input);
std::int64_t SystemNowMs();

inline constexpr const char* kComment = "comment";
inline constexpr const char* kBlockedReason = "blocked_reason";

}  // namespace dashboard_board
