#include "task_view.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <map>

#include "own_labels.hpp"

namespace dashboard_board {
namespace {

Json Member(const Json& object, const char* name) {
  return object.is_object() ? object.value(name, Json()) : Json();
}

std::string TextOf(const Json& entry, const char* name) {
  const Json value = Member(entry, name);
  return value.is_string() ? value.get<std::string>() : "";
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

// The six legal words, and others that dashboards were seen to use. Unknown ones are nobody's to work on.
std::string StatusOf(const std::string& word) {
  static const std::map<std::string, std::string> known = {{"open", "open"},
                                                           {"in_progress", "in_progress"},
                                                           {"in_review", "in_review"},
                                                           {"blocked", "blocked"},
                                                           {"done", "done"},
                                                           {"archived", "archived"},
                                                           {"new", "open"},
                                                           {"todo", "open"},
                                                           {"pending", "open"},
                                                           {"ready", "open"},
                                                           {"in-progress", "in_progress"},
                                                           {"in-review", "in_review"},
                                                           {"review", "in_review"},
                                                           {"stuck", "blocked"},
                                                           {"completed", "done"},
                                                           {"finished", "done"},
                                                           {"closed", "done"},
                                                           {"resolved", "done"}};
  const auto found = known.find(word);
  return found == known.end() ? "" : found->second;
}

Json Blocked(const std::string& reason, std::int64_t attempts, const std::string& text) {
  return {{"reason", reason}, {"attempts", attempts}, {"text", text}};
}

std::int64_t Number(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Json DependenciesOf(const Json& entry) {
  Json ids = Json::array();
  for (const Json& id : ListOf(Member(entry, "blocked_dependencies"))) {
    const std::string text = IdText(id);
    if (!text.empty() && std::find(ids.begin(), ids.end(), text) == ids.end()) ids.push_back(text);
  }
  return ids;
}

// A task that somebody blocked on the dashboard waits for what it depends on; without that it is urgent, as
// one that was created so.
Json BlockedOf(const Json& entry, const OwnLabels& labels) {
  const std::string reason = labels.Get("blocked");
  if (reason == "dependencies" || reason == "retry" || reason == "person")
    return Blocked(reason, std::max<std::int64_t>(Number(labels.Get("attempts")), 0), "");
  if (!reason.empty()) return Blocked("person", 0, "The label mamc:blocked:" + reason + " means nothing.");
  return DependenciesOf(entry).empty() ? Json() : Blocked("dependencies", 0, "");
}

Json ClaimOf(const Json& entry, std::int64_t claim_life_ms) {
  const std::string owner = IdText(Member(entry, "claimed_by"));
  if (owner.empty()) return nullptr;
  std::int64_t since = TimeMs(Member(entry, "claimed_at"));
  if (since == 0) since = TimeMs(Member(entry, "updated_at"));
  return {{"owner", owner}, {"until_ms", since + claim_life_ms}};
}

bool IsUnderWay(const std::string& status) {
  return status == "in_progress" || status == "in_review";
}

void SetStatus(Json& task, const Json& entry, const OwnLabels& labels, std::int64_t claim_life_ms) {
  const std::string word = TextOf(entry, "status");
  const std::string status = StatusOf(word);
  task["status"] = status.empty() ? "blocked" : status;
  task["blocked"] = nullptr;
  task["claim"] = nullptr;
  if (status.empty())
    task["blocked"] = Blocked("person", 0,
                              "The dashboard gives this task the status '" + word.substr(0, 60) +
                                  "', which means nothing here. Set one of open, in_progress, "
                                  "in_review, blocked, done and archived.");
  else if (status == "blocked" && !labels.Get("unfinished").empty())
    task["blocked"] = Blocked("person", 0,
                              "Its creation was interrupted before its dependencies were set. Create "
                              "it again with the same external id, or set them and unblock it.");
  else if (status == "blocked")
    task["blocked"] = BlockedOf(entry, labels);
  else if (IsUnderWay(status))
    task["claim"] = ClaimOf(entry, claim_life_ms);
}

std::string BranchOf(const Json& entry, const OwnLabels& labels) {
  const std::string own = labels.Get("branch");
  return own.empty() ? TextOf(entry, "branch") : own;
}

std::string TypeOf(const Json& entry, const OwnLabels& labels) {
  for (const std::string& type : {labels.Get("type"), TextOf(entry, "type"), TextOf(entry, "task_type")})
    if (!type.empty()) return type;
  return "";
}

Json ExternalIdOf(const Json& entry) {
  const std::string id = TextOf(entry, "external_id");
  return id.starts_with(kOwnExternalId) ? Json() : TextOrNull(id);
}

std::string MilestoneIdOf(const Json& entry) {
  const std::string id = IdText(Member(entry, "milestone_id"));
  return id.empty() ? IdText(Member(Member(entry, "milestone"), "id")) : id;
}

}  // namespace

Json TaskIn(const Json& answer) {
  if (!IdText(Member(answer, "id")).empty()) return answer;
  for (const char* name : {"task", "data"})
    if (Json inner = Member(answer, name); !IdText(Member(inner, "id")).empty()) return inner;
  return nullptr;
}

Json ListIn(const Json& answer, const char* name) {
  if (answer.is_array()) return answer;
  for (const char* member : {name, "data"})
    if (Json list = Member(answer, member); list.is_array()) return list;
  return nullptr;
}

std::string IdText(const Json& id) {
  if (id.is_string()) return id.get<std::string>();
  return id.is_number_integer() ? id.dump() : "";
}

Json IdForApi(const std::string& id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  const bool whole = error == std::errc{} && end == id.data() + id.size();
  return whole && std::to_string(number) == id ? Json(number) : Json(id);
}

std::int64_t VersionOf(const Json& entry) {
  for (const char* name : {"lock_version", "lockVersion"})
    if (const Json version = Member(entry, name); version.is_number_integer())
      return version.get<std::int64_t>();
  return TimeMs(Member(entry, "updated_at"));
}

std::int64_t TimeMs(const Json& value) {
  constexpr std::int64_t kMillisecondsFrom =
      100'000'000'000;  // the year 5138 in seconds, 1973 in milliseconds
  if (value.is_number()) {
    const double number = value.get<double>();
    if (!(number > 0 && number < 1e15)) return 0;
    const auto whole = static_cast<std::int64_t>(number);
    return whole >= kMillisecondsFrom ? whole : static_cast<std::int64_t>(number * 1000);
  }
  if (!value.is_string()) return 0;
  const std::string& text = value.get_ref<const std::string&>();
  std::tm utc{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) rest = ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &utc);
  if (rest == nullptr) return 0;
  std::int64_t ms = static_cast<std::int64_t>(::timegm(&utc)) * 1000;
  if (*rest == '.') {
    std::int64_t part = 100;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, part /= 10) ms += part * (*rest - '0');
  }
  if (*rest == '+' || *rest == '-') {  // hours and minutes ahead of UTC, or behind it
    int hours = 0, minutes = 0;
    const std::string zone = rest + 1;
    if (zone.size() >= 2) std::from_chars(zone.data(), zone.data() + 2, hours);
    if (zone.size() >= 4) std::from_chars(zone.data() + zone.size() - 2, zone.data() + zone.size(), minutes);
    ms -= (*rest == '+' ? 1 : -1) * (hours * 60 + minutes) * std::int64_t{60'000};
  }
  return ms;
}

std::string IsoTime(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  const std::string ms = std::to_string(1000 + unix_ms % 1000).substr(1);
  return std::string(text) + "." + ms + "Z";
}

Json TaskFrom(const Json& entry, const std::string& project, std::int64_t claim_life_ms) {
  const OwnLabels labels(Member(entry, "labels"));
  const Json priority = Member(entry, "priority_score");
  Json task = {{"id", IdText(entry.at("id"))},
               {"project", project},
               {"title", TextOf(entry, "title")},
               {"description", TextOf(entry, "description")},
               {"type", TypeOf(entry, labels)},
               {"labels", labels.others()},
               {"priority", priority.is_number() ? priority : Json(0)},
               {"milestone", TextOrNull(MilestoneIdOf(entry))},
               {"dependencies", DependenciesOf(entry)},
               {"workflow", TextOrNull(labels.Get("workflow"))},
               {"repo", TextOrNull(labels.Get("repo"))},
               {"external_id", ExternalIdOf(entry)},
               {"branch", TextOrNull(BranchOf(entry, labels))},
               {"follows", TextOrNull(labels.Get("follows"))},
               {"created_ms", TimeMs(Member(entry, "created_at"))},
               {"updated_ms", TimeMs(Member(entry, "updated_at"))},
               {"version", VersionOf(entry)}};
  SetStatus(task, entry, labels, claim_life_ms);
  return task;
}

Json MilestoneFrom(const Json& entry) {
  std::string title = TextOf(entry, "title");
  if (title.empty()) title = TextOf(entry, "name");
  return {
      {"id", IdText(Member(entry, "id"))}, {"title", title}, {"branch", TextOrNull(TextOf(entry, "branch"))}};
}

}  // namespace dashboard_board
