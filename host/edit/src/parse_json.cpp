#include "parse_json.hpp"

#include <algorithm>

#include "mamc/base/json.hpp"
#include "parse_diff.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::string_view kDiffKeys[] = {"diff",   "diffs", "code_diffs", "implementation_diff",
                                          "result", "output"};

std::size_t Number(const Json& object, std::string_view camel, std::string_view snake) {
  const std::int64_t value = GetInt(object, camel, GetInt(object, snake, 0));
  return value < 0 ? 0 : static_cast<std::size_t>(value);
}

// False: some of it would be lost.
bool ReadHunk(const Json& json, Hunk& hunk) {
  hunk.numbered = json.contains("oldStart") || json.contains("old_start");
  hunk.old_start = Number(json, "oldStart", "old_start");
  hunk.old_count = Number(json, "oldCount", "old_count");
  hunk.new_start = Number(json, "newStart", "new_start");
  hunk.new_count = Number(json, "newCount", "new_count");
  const Json& lines = GetMember(json, "lines");
  if (!lines.is_array()) return false;
  for (const Json& each : lines) {
    if (!each.is_string()) return false;
    std::string text = each.get<std::string>();
    if (EndsWith(text, "\n")) text.pop_back();
    if (text.find('\n') != std::string::npos) return false;
    const bool sign = !text.empty() && (text[0] == '+' || text[0] == '-' || text[0] == ' ');
    if (!text.empty() && text[0] == '\\') {
      if (!hunk.lines.empty()) hunk.lines.back().unended = true;
    } else {
      hunk.lines.push_back({sign ? text[0] : ' ', sign ? text.substr(1) : text});
    }
  }
  return !hunk.lines.empty();
}

// Takes over what was read from a text within the object, as of the line where the object begins.
void Append(Answer inner, std::size_t line, Answer& answer) {
  for (Edit& edit : inner.edits) {
    edit.line = line;
    for (Hunk& hunk : edit.hunks) hunk.line = line;
    answer.edits.push_back(std::move(edit));
  }
  for (ParseProblem& problem : inner.problems) answer.problems.push_back({line, std::move(problem.text)});
}

bool Holds(const Json& value) {
  return value.is_string() ? !value.get_ref<const std::string&>().empty() : !value.empty();
}

bool IsUpsert(std::string_view action) {
  return IsOneOf(action, {"upsert", "create", "update"});
}

bool IsEscapedTwice(std::string_view content) {
  return content.find('\n') == std::string_view::npos && EndsWith(content, "\\n");
}

bool HasKey(std::string_view object, std::string_view key) {
  return object.find("\"" + std::string(key) + "\"") != std::string_view::npos;
}

bool HasOneOf(std::string_view text, std::initializer_list<std::string_view> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](auto key) { return HasKey(text, key); });
}

class OpsReader {
 public:
  OpsReader(std::size_t line, Answer& answer) : line_(line), answer_(answer) {}

  void Read(const Json& op, std::size_t number) {
    where_ = number == 0 ? "the operation" : "operation " + std::to_string(number) + " of \"ops\"";
    const std::string action = GetString(op, "action"), path = GetString(op, "path");
    if (path.empty()) return Problem("has no \"path\"");
    const Json& content = GetMember(op, "content");
    const Json& hunks = GetMember(op, "hunks");
    if (action == "delete") {
      if (Holds(content) || Holds(hunks)) return Problem("is a deletion and has \"content\" or \"hunks\"");
      answer_.edits.push_back({EditKind::kDelete, path, "", "", line_});
      return;
    }
    if (!IsUpsert(action)) return Problem("has the action '" + action + "': it is upsert or delete");
    if (Holds(content) && Holds(hunks)) return Problem("has \"content\" and \"hunks\": send one of them");
    if (Holds(hunks))
      ReadHunks(path, hunks);
    else if (content.is_string())
      ReadContent(path, content.get_ref<const std::string&>());
    else
      Problem(Holds(content) ? "has a \"content\" that is no text" : "has neither \"content\" nor \"hunks\"");
  }

 private:
  void Problem(const std::string& what) { answer_.problems.push_back({line_, where_ + " " + what}); }

  void ReadContent(const std::string& path, const std::string& content) {
    if (IsEscapedTwice(content))
      return Problem("has a \"content\" that is escaped twice: write \\n for a new line, not \\\\n");
    answer_.edits.push_back({EditKind::kWhole, path, "", content, line_});
  }

  void ReadDiff(const std::string& path, std::string_view text) {
    const std::vector<std::string_view> lines = ViewLines(text);
    Answer inner;
    ParseDiff(lines, {0, lines.size(), true, path}, inner);
    if (inner.edits.empty() && inner.problems.empty())
      return Problem("has \"hunks\" without a line to add or remove");
    Append(std::move(inner), line_, answer_);
  }

  void ReadHunks(const std::string& path, const Json& hunks) {
    if (hunks.is_string()) return ReadDiff(path, hunks.get_ref<const std::string&>());
    if (!hunks.is_array()) return Problem("has \"hunks\" that are neither a list nor a text");
    if (std::all_of(hunks.begin(), hunks.end(), [](const Json& each) { return each.is_string(); }))
      return ReadDiff(path, Joined(hunks));
    Edit edit;
    edit.kind = EditKind::kDiff;
    edit.path = path;
    edit.line = line_;
    for (const Json& each : hunks) {
      Hunk hunk;
      hunk.line = line_;
      if (!ReadHunk(each, hunk))
        return Problem("has a hunk whose \"lines\" are no list of texts, or two lines in one text");
      if (std::all_of(hunk.lines.begin(), hunk.lines.end(), [](auto& line) { return line.sign == ' '; }))
        return Problem("has a hunk without a line to add or remove");
      edit.hunks.push_back(std::move(hunk));
    }
    answer_.edits.push_back(std::move(edit));
  }

  static std::string Joined(const Json& texts) {
    std::string joined;
    for (const Json& each : texts) joined += each.get_ref<const std::string&>() + "\n";
    return joined;
  }

  std::size_t line_;
  Answer& answer_;
  std::string where_;
};

// Lines of a diff or block, or such lines within a text of JSON.
bool SpeaksOfEdits(std::string_view text) {
  for (std::string_view sign : {"\n+++ ", "\\n+++ ", "\n@@ ", "\\n@@ ", "<<<<<<< SEARCH"})
    if (text.find(sign) != std::string_view::npos) return true;
  return false;
}

bool HoldsDiffKey(std::string_view object) {
  return std::any_of(std::begin(kDiffKeys), std::end(kDiffKeys),
                     [&](std::string_view key) { return HasKey(object, key); });
}

// Texts of diffs within the object; never of further JSON.
void ReadDiffFields(const Json& object, std::size_t line, Answer& answer) {
  for (std::string_view key : kDiffKeys) {
    const Json& value = GetMember(object, key);
    for (const Json& each : value.is_array() ? value : Json::array({value})) {
      const bool text = each.is_string();
      if (text && !StartsWith(Trim(each.get_ref<const std::string&>()), "{")) {
        Append(ParseAnswer(each.get_ref<const std::string&>()), line, answer);
        continue;
      }
      const std::string other =
          text ? each.get<std::string>() : each.dump(-1, ' ', false, Json::error_handler_t::replace);
      if (NamesOperation(other) || SpeaksOfEdits(other))
        answer.problems.push_back({line, "\"" + std::string(key) +
                                             "\" of the JSON that begins here is no text of a diff: write "
                                             "{\"ops\": [...]}"});
    }
  }
}

// `create` and `update` are words of other JSON as well.
bool IsOperation(const Json& value) {
  const std::string action = GetString(value, "action");
  const bool holds = value.is_object() && (value.contains("content") || value.contains("hunks"));
  const bool known = IsOneOf(action, {"upsert", "delete"}) || (holds && IsUpsert(action));
  return known && !GetString(value, "path").empty();
}

// Operations in members that are not read would be lost.
void CheckOthers(const Json& object, std::initializer_list<std::string_view> read, std::size_t line,
                 Answer& answer) {
  if (!object.is_object()) return;
  for (const auto& [key, member] : object.items()) {
    if (!member.is_structured() || IsOneOf(key, read) || IsOneOf(key, kDiffKeys)) continue;
    if (NamesOperation(member.dump(-1, ' ', false, Json::error_handler_t::replace)))
      answer.problems.push_back(
          {line, "\"" + key +
                     "\" of the JSON that begins here holds operations and is not read: "
                     "put all of them into \"ops\""});
  }
}

// Whether the value is one of edits.
bool ReadEdits(const Json& value, std::size_t line, Answer& answer) {
  const std::size_t found = answer.edits.size() + answer.problems.size();
  OpsReader reader(line, answer);
  if (IsOperation(value)) reader.Read(value, 0);
  const bool operation = answer.edits.size() + answer.problems.size() > found;
  const Json& ops = value.is_array() ? value : GetMember(value, "ops");
  const bool listed =
      ops.is_array() && (value.is_object() || std::any_of(ops.begin(), ops.end(), IsOperation));
  for (std::size_t i = 0; listed && i < ops.size(); ++i) {
    reader.Read(ops[i], i + 1);
    CheckOthers(ops[i], {"content", "hunks"}, line, answer);
  }
  if (listed || operation) CheckOthers(value, {"ops", "content", "hunks"}, line, answer);
  ReadDiffFields(value, line, answer);
  return listed || answer.edits.size() + answer.problems.size() > found;
}

// With what models write and JSON does not allow: line ends and tabs in texts, commas behind the last of a
// list, and comments.
std::string Mended(std::string_view text) {
  std::string mended;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\' && i + 1 < text.size()) {
      mended += c;
      mended += text[++i];
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (!quoted && text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (quoted && (c == '\n' || c == '\t' || c == '\r')) {
      mended += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
      continue;
    }
    const bool last = c == ',' && !quoted && [&] {
      const std::size_t next = text.find_first_not_of(" \t\r\n", i + 1);
      return next != std::string_view::npos && (text[next] == ']' || text[next] == '}');
    }();
    if (!last) mended += c;
  }
  return mended;
}

std::size_t CountTexts(std::string_view json) {
  std::size_t quotes = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (quoted && json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      quoted = !quoted;
      quotes += quoted;
    }
  }
  return quotes;
}

// Of two members with one name the reader keeps one.
bool LostMembers(std::string_view object, const Json& read) {
  return CountTexts(object) > CountTexts(read.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// A form of other programs, which is not read.
bool HoldsFiles(std::string_view text) {
  if (!HasOneOf(text, {"path", "file_path", "filename", "file"})) return false;
  const bool block = HasOneOf(text, {"search", "old_string", "old_str"}) &&
                     HasOneOf(text, {"replace", "new_string", "new_str"});
  return block || (HasKey(text, "content") && HasOneOf(text, {"files", "arguments"}));
}

}  // namespace

bool NamesOperation(std::string_view text) {
  if (!HasKey(text, "action") || !HasKey(text, "path")) return false;
  return HasOneOf(text, {"upsert", "delete"}) ||
         (HasOneOf(text, {"create", "update"}) && HasOneOf(text, {"content", "hunks"}));
}

bool MayHoldEdits(std::string_view object) {
  return HasKey(object, "ops") || NamesOperation(object) || HoldsDiffKey(object) || HoldsFiles(object);
}

bool IsCutEdit(std::string_view text) {
  return HasKey(text, "ops") || (HasKey(text, "path") && HasKey(text, "action")) ||
         (HoldsDiffKey(text) && SpeaksOfEdits(text));
}

std::size_t ObjectLength(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

bool ParseJsonEdits(std::string_view object, std::size_t line, Answer& answer) {
  if (!MayHoldEdits(object)) return false;
  auto parsed = ParseJson(object);
  if (!parsed.ok()) {
    const std::string first = parsed.status().message();
    parsed = ParseJson(Mended(object));
    if (!parsed.ok()) {
      if (!HasKey(object, "ops") && !NamesOperation(object) && !SpeaksOfEdits(object)) return false;
      answer.problems.push_back({line, "the JSON that begins here cannot be read: " + first});
      return true;
    }
  }
  if (ReadEdits(*parsed, line, answer)) {
    if (LostMembers(object, *parsed))
      answer.problems.push_back(
          {line, "the JSON that begins here has two members with one name: send each once"});
    return true;
  }
  if (!NamesOperation(object) && !HoldsFiles(object)) return false;
  answer.problems.push_back({line, std::string(kNotRead)});
  return true;
}

void ParseJsonInFence(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                      Answer& answer) {
  if (begin >= end) return;
  const char* last = lines[end - 1].data() + lines[end - 1].size();
  const std::string_view text(lines[begin].data(), static_cast<std::size_t>(last - lines[begin].data()));
  const std::string_view written =
      Trim(text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size())));
  if (!StartsWith(written, "{") && !StartsWith(written, "[")) return;
  if (ParseJsonEdits(text, begin + 1, answer)) return;
  auto holds = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  if (holds("action") && holds("path") && (holds("upsert") || holds("delete")))
    answer.problems.push_back({begin + 1, std::string(kNotRead)});
}

}  // namespace mamc::edit
