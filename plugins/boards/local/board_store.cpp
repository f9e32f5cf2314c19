#include "board_store.hpp"

#include <charconv>
#include <map>

#include "mamc/task_fields.hpp"

namespace local_board {

using mamc::board::CheckCreate;
using mamc::board::CheckSet;
using mamc::board::CheckStatus;
using mamc::board::CompleteBlocked;
using mamc::board::RequiredText;

namespace {

using mamc::sdk::Failure;

constexpr const char* kOwnName = "mamc-host";  // author of comments that come with an update
constexpr std::int64_t kLayout = 2;            // PRAGMA user_version

constexpr const char* kTables = R"(
CREATE TABLE projects(id TEXT PRIMARY KEY, name TEXT NOT NULL, changes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE milestones(
  id INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL REFERENCES projects(id), title TEXT NOT NULL, branch TEXT,
  UNIQUE(project, title));
CREATE TABLE tasks(
  id INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL REFERENCES projects(id), title TEXT NOT NULL,
  description TEXT NOT NULL, type TEXT NOT NULL, labels TEXT NOT NULL, priority NUMERIC NOT NULL,
  milestone INTEGER REFERENCES milestones(id), status TEXT NOT NULL, blocked TEXT, workflow TEXT, repo TEXT, external_id TEXT,
  branch TEXT, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, version INTEGER NOT NULL, claim_owner TEXT,
  claim_until_ms INTEGER, follows INTEGER REFERENCES tasks(id), UNIQUE(project, external_id));
CREATE TABLE dependencies(
  task INTEGER NOT NULL REFERENCES tasks(id), needs INTEGER NOT NULL REFERENCES tasks(id), PRIMARY KEY(task, needs));
CREATE TABLE comments(
  id INTEGER PRIMARY KEY AUTOINCREMENT, task INTEGER NOT NULL REFERENCES tasks(id), at_ms INTEGER NOT NULL,
  author TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX comments_by_task ON comments(task);
CREATE TABLE operations(task INTEGER NOT NULL REFERENCES tasks(id), op_id TEXT NOT NULL, PRIMARY KEY(task, op_id));
PRAGMA user_version = 2;
)";

constexpr const char* kFromLayout1 = R"(
ALTER TABLE tasks ADD COLUMN follows INTEGER REFERENCES tasks(id);
PRAGMA user_version = 2;
)";

#define MAMC_TASK_COLUMNS                                                                                 \
  "id, project, title, description, type, labels, priority, milestone, status, blocked, workflow, repo, " \
  "external_id, branch, created_ms, updated_ms, version, claim_owner, claim_until_ms, follows"

Json IdOrNull(const Json& row_id) {
  return row_id.is_null() ? row_id : Json(std::to_string(row_id.get<std::int64_t>()));
}

// JSON that this board wrote; what somebody else's hand made of it is shown as the text that it is.
Json Stored(const Json& text) {
  if (!text.is_string()) return nullptr;
  Json parsed = Json::parse(text.get_ref<const std::string&>(), nullptr, false);
  return parsed.is_discarded() ? text : parsed;
}

Json WithoutClaim(Json fields) {
  fields["claim_owner"] = nullptr;
  fields["claim_until_ms"] = nullptr;
  return fields;
}

bool KeepsClaim(const std::string& status) {
  return status == "in_progress" || status == "in_review";
}

Failure Conflict(const std::string& message, const Json& task) {
  return Failure(MAMC_E_CONFLICT, message,
                 {{"status", task["status"]}, {"version", task["version"]}, {"claim", task["claim"]}});
}

// What `set` means for the columns, given the task as it is.
Json ColumnsFor(const Json& set, const Json& task) {
  Json columns = Json::object();
  for (const char* plain :
       {"title", "description", "type", "labels", "priority", "workflow", "repo", "branch", "blocked"}) {
    if (set.contains(plain)) columns[plain] = set[plain];
  }
  const std::string status = set.value("status", task["status"].get<std::string>());
  if (set.contains("status")) columns["status"] = status;
  if (!set.value("blocked", Json()).is_null() && status != "blocked") {
    throw Failure(MAMC_E_INVALID, "Task " + task["id"].get<std::string>() +
                                      " cannot get 'blocked': its status is " + status +
                                      ". Set the status blocked with it.");
  }
  if (status != "blocked") columns["blocked"] = nullptr;
  if (set.contains("claim") || (set.contains("status") && !KeepsClaim(status)))
    columns = WithoutClaim(std::move(columns));
  return columns;
}

// A task id or milestone id from a caller as the number of its row; 0, which no row has, when it is not one.
std::int64_t RowId(const Json& id) {
  if (!id.is_string()) return 0;
  const std::string& text = id.get_ref<const std::string&>();
  std::int64_t row = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row);
  const bool plain = error == std::errc{} && end == text.data() + text.size() && row > 0 && text[0] != '0';
  return plain ? row : 0;
}

}  // namespace

BoardStore::BoardStore(const std::filesystem::path& path, std::function<std::int64_t()> now_ms)
    : now_ms_(std::move(now_ms)), database_(path) {
  MakeTables();
}

void BoardStore::MakeTables() {
  Transaction transaction(database_);
  const std::int64_t layout = database_.Query("PRAGMA user_version").at(0).at(0).get<std::int64_t>();
  if (layout > kLayout) {
    throw Failure(MAMC_E_UNSUPPORTED, "The board's file has layout " + std::to_string(layout) +
                                          ", this version knows " + std::to_string(kLayout) +
                                          ": it was written by a newer version. Install that one.");
  }
  if (layout == 0) database_.Execute(kTables);
  if (layout == 1) database_.Execute(kFromLayout1);
  transaction.Commit();
}

Json BoardStore::Projects() {
  Json projects = Json::array();
  for (const Row& row : database_.Query("SELECT id, name FROM projects ORDER BY id")) {
    projects.push_back({{"id", row[0]}, {"name", row[1]}});
  }
  return {{"projects", std::move(projects)}};
}

void BoardStore::CheckList(const Json& input) {
  RequiredText(input, "project");
  const Json statuses = input.value("status", Json());
  if (!statuses.is_null() && !statuses.is_array())
    throw Failure(MAMC_E_INVALID, "'status' must be a list of statuses.");
  for (const Json& status : statuses) CheckStatus(status, "status");
}

Json BoardStore::List(const Json& input) {
  CheckList(input);
  const std::string project = input["project"];
  const Json statuses = input.value("status", Json());
  Json tasks = Json::array();
  std::map<std::int64_t, std::size_t> places;
  const auto rows = database_.Query(
      "SELECT " MAMC_TASK_COLUMNS
      " FROM tasks WHERE project = ?1 AND (?2 IS NULL OR status IN (SELECT value FROM json_each(?2)))"
      " ORDER BY id",
      project, statuses);
  for (const Row& row : rows) {
    places[row[0].get<std::int64_t>()] = tasks.size();
    tasks.push_back(TaskFromRow(row));
  }
  const auto dependencies = database_.Query(
      "SELECT d.task, d.needs FROM dependencies d JOIN tasks t ON t.id = d.task WHERE t.project = ? ORDER BY "
      "d.task, d.needs",
      project);
  for (const Row& row : dependencies) {
    const auto place = places.find(row[0].get<std::int64_t>());
    if (place != places.end()) tasks[place->second]["dependencies"].push_back(IdOrNull(row[1]));
  }
  Json milestones = Json::array();
  for (const Row& row :
       database_.Query("SELECT id, title, branch FROM milestones WHERE project = ? ORDER BY id", project)) {
    milestones.push_back({{"id", IdOrNull(row[0])}, {"title", row[1]}, {"branch", row[2]}});
  }
  return {{"tasks", std::move(tasks)}, {"milestones", std::move(milestones)}};
}

Json BoardStore::Get(const Json& input) {
  Json task = TaskById(input.value("id", Json()));
  Json comments = Json::array();
  const std::int64_t row_id = RowId(task["id"]);
  for (const Row& row :
       database_.Query("SELECT at_ms, author, text FROM comments WHERE task = ? ORDER BY id", row_id)) {
    comments.push_back({{"at_ms", row[0]}, {"author", row[1]}, {"text", row[2]}});
  }
  return {{"task", std::move(task)}, {"comments", std::move(comments)}};
}

Json BoardStore::Claim(const Json& input) {
  const std::string owner = RequiredText(input, "owner");
  CheckStatus(input.value("expected_status", Json()), "expected_status");
  const Json ttl = input.value("ttl_ms", Json());
  if (!ttl.is_number_integer() || ttl.get<std::int64_t>() <= 0) {
    throw Failure(MAMC_E_INVALID, "'ttl_ms' must be a number of milliseconds above 0.");
  }

  Transaction transaction(database_);
  const Json task = TaskById(input.value("id", Json()));
  const std::string id = task["id"];
  const std::int64_t now = now_ms_();
  if (task["status"] != input["expected_status"]) {
    throw Conflict("Task " + id + " is " + task["status"].get<std::string>() + ", not " +
                       input["expected_status"].get<std::string>() +
                       ": somebody changed it first. Read it again.",
                   task);
  }
  const Json& claim = task["claim"];
  if (claim.is_object() && claim["owner"] != owner && claim["until_ms"].get<std::int64_t>() > now) {
    throw Conflict("Task " + id + " is claimed by " + claim["owner"].get<std::string>() + " for another " +
                       std::to_string(claim["until_ms"].get<std::int64_t>() - now) + " ms.",
                   task);
  }
  constexpr std::int64_t kLongestTtlMs = std::int64_t{1000} * 60 * 60 * 24 * 365;
  const std::int64_t until = now + std::min(ttl.get<std::int64_t>(), kLongestTtlMs);
  Write(RowId(task["id"]),
        {{"status", "in_progress"}, {"blocked", nullptr}, {"claim_owner", owner}, {"claim_until_ms", until}},
        task["project"]);
  Json claimed = TaskById(task["id"]);
  transaction.Commit();
  return {{"task", std::move(claimed)}};
}

Json BoardStore::Update(const Json& input) {
  const Json set = CompleteBlocked(input.value("set", Json::object()));
  CheckSet(set);
  const bool has_comment = !input.value("comment", Json()).is_null();
  const std::string comment = has_comment ? RequiredText(input, "comment") : "";

  Transaction transaction(database_);
  Json task = TaskById(input.value("id", Json()));
  const std::int64_t row_id = RowId(task["id"]);
  if (SeenOperation(row_id, input)) return {{"task", std::move(task)}};
  const Json version = input.value("version", Json());
  if (!version.is_null() && version != task["version"]) {
    throw Conflict("Task " + task["id"].get<std::string>() + " has version " + task["version"].dump() +
                       ", not " + version.dump() + ": somebody changed it first. Read it again.",
                   task);
  }
  Json columns = ColumnsFor(set, task);
  if (set.contains("milestone")) {
    const std::int64_t milestone = MilestoneRow(set["milestone"], task["project"]);
    columns["milestone"] = milestone == 0 ? Json() : Json(milestone);
  }
  if (set.contains("dependencies")) SetDependencies(row_id, set["dependencies"], task["project"]);
  if (has_comment) AddComment(row_id, kOwnName, comment);
  Write(row_id, columns, task["project"]);
  task = TaskById(task["id"]);
  transaction.Commit();
  return {{"task", std::move(task)}};
}

Json BoardStore::Create(const Json& input) {
  const Json fields = CompleteBlocked(input);
  CheckCreate(fields);
  const std::string project = fields["project"];

  Transaction transaction(database_);
  const Json external_id = fields.value("external_id", Json());
  if (!external_id.is_null()) {
    const auto found =
        database_.Query("SELECT id FROM tasks WHERE project = ? AND external_id = ?", project, external_id);
    if (!found.empty()) return {{"task", TaskById(IdOrNull(found[0][0]))}, {"created", false}};
  }
  EnsureProject(project);
  const std::int64_t milestone = MilestoneRow(fields.value("milestone", Json()), project);
  const std::int64_t follows = FollowedRow(fields.value("follows", Json()), project);
  const std::int64_t now = now_ms_();
  database_.Query(
      "INSERT INTO tasks(project, title, description, type, labels, priority, milestone, status, blocked, "
      "workflow, repo, external_id,"
      " branch, follows, created_ms, updated_ms, version) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,1)",
      project, fields["title"], fields.value("description", ""), fields.value("type", ""),
      fields.value("labels", Json::array()), fields.value("priority", Json(0)),
      milestone == 0 ? Json() : Json(milestone), fields.value("status", "open"),
      fields.value("blocked", Json()), fields.value("workflow", Json()), fields.value("repo", Json()),
      external_id, fields.value("branch", Json()), follows == 0 ? Json() : Json(follows), now, now);
  const std::int64_t row_id = database_.last_row_id();
  SetDependencies(row_id, fields.value("dependencies", Json::array()), project);
  Changed(project);
  Json task = TaskById(std::to_string(row_id));
  transaction.Commit();
  return {{"task", std::move(task)}, {"created", true}};
}

Json BoardStore::Comment(const Json& input) {
  const std::string text = RequiredText(input, "text");
  const std::string author = RequiredText(input, "author");
  Transaction transaction(database_);
  const Json task = TaskById(input.value("id", Json()));
  const std::int64_t row_id = RowId(task["id"]);
  if (SeenOperation(row_id, input)) return Json::object();
  AddComment(row_id, author, text);
  Changed(task["project"]);
  transaction.Commit();
  return Json::object();
}

Json BoardStore::Milestone(const Json& input) {
  const std::string project = RequiredText(input, "project");
  const std::string title = RequiredText(input, "title");
  const Json branch = input.value("branch", Json());
  if (!branch.is_null()) RequiredText(input, "branch");

  Transaction transaction(database_);
  EnsureProject(project);
  database_.Query("INSERT INTO milestones(project, title, branch) VALUES(?,?,?) ON CONFLICT DO NOTHING",
                  project, title, branch);
  if (!branch.is_null()) {  // the first branch stays: work may already lie on it
    database_.Query("UPDATE milestones SET branch = ? WHERE project = ? AND title = ? AND branch IS NULL",
                    branch, project, title);
  }
  const Row row =
      database_
          .Query("SELECT id, title, branch FROM milestones WHERE project = ? AND title = ?", project, title)
          .at(0);
  Changed(project);
  transaction.Commit();
  return {{"milestone", {{"id", IdOrNull(row[0])}, {"title", row[1]}, {"branch", row[2]}}}};
}

std::int64_t BoardStore::ChangesOf(const std::string& project) {
  const auto rows = database_.Query("SELECT changes FROM projects WHERE id = ?", project);
  return rows.empty() ? 0 : rows[0][0].get<std::int64_t>();
}

Json BoardStore::TaskById(const Json& id) {
  const auto rows = database_.Query("SELECT " MAMC_TASK_COLUMNS " FROM tasks WHERE id = ?", RowId(id));
  if (rows.empty()) {
    const std::string shown = id.is_string() ? id.get<std::string>().substr(0, 60) : id.dump();
    throw Failure(MAMC_E_NOT_FOUND,
                  "The board has no task '" + shown + "'. `mamc-host task list` shows the tasks there are.");
  }
  Json task = TaskFromRow(rows[0]);
  AddDependencies(task);
  return task;
}

Json BoardStore::TaskFromRow(const Row& row) const {
  Json claim = nullptr;
  if (!row[17].is_null()) claim = {{"owner", row[17]}, {"until_ms", row[18]}};
  return {{"id", IdOrNull(row[0])},
          {"project", row[1]},
          {"title", row[2]},
          {"description", row[3]},
          {"type", row[4]},
          {"labels", Stored(row[5])},
          {"priority", row[6]},
          {"milestone", IdOrNull(row[7])},
          {"status", row[8]},
          {"blocked", Stored(row[9])},
          {"dependencies", Json::array()},
          {"workflow", row[10]},
          {"repo", row[11]},
          {"external_id", row[12]},
          {"branch", row[13]},
          {"follows", IdOrNull(row[19])},
          {"created_ms", row[14]},
          {"updated_ms", row[15]},
          {"version", row[16]},
          {"claim", std::move(claim)}};
}

void BoardStore::AddDependencies(Json& task) {
  for (const Row& row :
       database_.Query("SELECT needs FROM dependencies WHERE task = ? ORDER BY needs", RowId(task["id"]))) {
    task["dependencies"].push_back(IdOrNull(row[0]));
  }
}

// 0 for null; a milestone of another project is as unknown as one that does not exist.
std::int64_t BoardStore::MilestoneRow(const Json& id, const std::string& project) {
  if (id.is_null()) return 0;
  const auto rows =
      database_.Query("SELECT id FROM milestones WHERE id = ? AND project = ?", RowId(id), project);
  if (rows.empty()) {
    throw Failure(MAMC_E_NOT_FOUND, "The project '" + project + "' has no milestone with the id " +
                                        id.dump() + ". The verb MILESTONE finds or makes one by its title.");
  }
  return rows[0][0].get<std::int64_t>();
}

// 0 for null.
std::int64_t BoardStore::FollowedRow(const Json& id, const std::string& project) {
  if (id.is_null()) return 0;
  const auto rows = database_.Query("SELECT id FROM tasks WHERE id = ? AND project = ?", RowId(id), project);
  if (rows.empty()) {
    throw Failure(MAMC_E_NOT_FOUND, "A task cannot follow task " + id.dump() + ": the project '" + project +
                                        "' has no such task.");
  }
  return rows[0][0].get<std::int64_t>();
}

// True when this op_id was done before; else it counts as done once the transaction is committed.
bool BoardStore::SeenOperation(std::int64_t task, const Json& input) {
  const Json op_id = input.value("op_id", Json());
  if (op_id.is_null()) return false;
  RequiredText(input, "op_id");
  if (!database_.Query("SELECT 1 FROM operations WHERE task = ? AND op_id = ?", task, op_id).empty())
    return true;
  database_.Query("INSERT INTO operations(task, op_id) VALUES(?,?)", task, op_id);
  return false;
}

void BoardStore::Write(std::int64_t task, const Json& fields, const std::string& project) {
  std::string assignments = "version = version + 1, updated_ms = ?";
  std::vector<Json> values = {Json(now_ms_())};
  for (const auto& [column, value] : fields.items()) {  // names of columns, never a caller's text
    assignments += ", " + column + " = ?";
    values.push_back(value);
  }
  values.push_back(task);
  database_.Run(("UPDATE tasks SET " + assignments + " WHERE id = ?").c_str(), values);
  Changed(project);
}

void BoardStore::SetDependencies(std::int64_t task, const Json& ids, const std::string& project) {
  database_.Query("DELETE FROM dependencies WHERE task = ?", task);
  for (const Json& id : ids) {
    const auto needed =
        database_.Query("SELECT id FROM tasks WHERE id = ? AND project = ?", RowId(id), project);
    if (needed.empty()) {
      throw Failure(MAMC_E_NOT_FOUND, "A task cannot depend on task " + id.dump() + ": the project '" +
                                          project + "' has no such task.");
    }
    database_.Query("INSERT OR IGNORE INTO dependencies(task, needs) VALUES(?,?)", task, needed[0][0]);
  }
  const auto cycle = database_.Query(
      "WITH RECURSIVE reached(id) AS (SELECT needs FROM dependencies WHERE task = ?1 UNION"
      " SELECT d.needs FROM dependencies d JOIN reached r ON d.task = r.id) SELECT 1 FROM reached WHERE id = "
      "?1",
      task);
  if (!cycle.empty()) {
    throw Failure(MAMC_E_INVALID, "Task " + std::to_string(task) +
                                      " would depend on itself through its dependencies " + ids.dump() +
                                      ": none of them could ever start.");
  }
}

void BoardStore::AddComment(std::int64_t task, const std::string& author, const std::string& text) {
  database_.Query("INSERT INTO comments(task, at_ms, author, text) VALUES(?,?,?,?)", task, now_ms_(), author,
                  text);
}

void BoardStore::EnsureProject(const std::string& project) {
  database_.Query("INSERT INTO projects(id, name) VALUES(?1, ?1) ON CONFLICT DO NOTHING", project);
}

void BoardStore::Changed(const std::string& project) {
  database_.Query("UPDATE projects SET changes = changes + 1 WHERE id = ?", project);
}

}  // namespace local_board
