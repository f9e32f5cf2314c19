#include "parse_json.hpp"

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

Hunk HunkOf(const Json& json, std::size_t line) {
  Hunk hunk;
  hunk.line = line;
  hunk.numbered = json.contains("oldStart") || json.contains("old_start");
  hunk.old_start = Number(json, "oldStart", "old_start");
  hunk.old_count = Number(json, "oldCount", "old_count");
  hunk.new_start = Number(json, "newStart", "new_start");
  hunk.new_count = Number(json, "newCount", "new_count");
  for (const Json& each : GetMember(json, "lines")) {
    if (!each.is_string()) continue;
    const std::string& text = each.get_ref<const std::string&>();
    const bool sign = !text.empty() && (text[0] == '+' || text[0] == '-' || text[0] == ' ');
    if (!text.empty() && text[0] == '\\') {
      if (!hunk.lines.empty()) hunk.lines.back().unended = true;
    } else {
      hunk.lines.push_back({sign ? text[0] : ' ', sign ? text.substr(1) : text});
    }
  }
  return hunk;
}

class OpsReader {
 public:
  OpsReader(std::size_t line, Answer& answer) : line_(line), answer_(answer) {}

  void Read(const Json& op, std::size_t number) {
    where_ = "operation " + std::to_string(number) + " of \"ops\"";
    const std::string action = GetString(op, "action"), path = GetString(op, "path");
    if (path.empty()) return Problem("has no \"path\"");
    if (action == "delete") {
      answer_.edits.push_back({EditKind::kDelete, path, "", "", line_});
      return;
    }
    if (action != "upsert") return Problem("has the action '" + action + "': it is upsert or delete");
    const Json& content = GetMember(op, "content");
    const Json& hunks = GetMember(op, "hunks");
    if (content.is_string())
      answer_.edits.push_back({EditKind::kWhole, path, "", content.get<std::string>(), line_});
    else if (hunks.is_string())
      ReadDiff(path, hunks.get_ref<const std::string&>());
    else if (hunks.is_array() && !hunks.empty())
      ReadHunks(path, hunks);
    else
      Problem("has neither \"content\" nor \"hunks\"");
  }

 private:
  void Problem(const std::string& what) { answer_.problems.push_back({line_, where_ + " " + what}); }

  void ReadDiff(const std::string& path, std::string_view text) {
    const std::vector<std::string_view> lines = ViewLines(text);
    ParseDiff(lines, {0, lines.size(), true, path}, answer_);
  }

  void ReadHunks(const std::string& path, const Json& hunks) {
    Edit edit;
    edit.kind = EditKind::kDiff;
    edit.path = path;
    edit.line = line_;
    for (const Json& each : hunks) {
      if (each.is_string()) return ReadDiff(path, Joined(hunks));
      Hunk hunk = HunkOf(each, line_);
      if (hunk.lines.empty()) return Problem("has a hunk without \"lines\"");
      edit.hunks.push_back(std::move(hunk));
    }
    answer_.edits.push_back(std::move(edit));
  }

  static std::string Joined(const Json& texts) {
    std::string joined;
    for (const Json& each : texts)
      if (each.is_string()) joined += each.get_ref<const std::string&>() + "\n";
    return joined;
  }

  std::size_t line_;
  Answer& answer_;
  std::string where_;
};

void Append(Answer inner, std::size_t line, Answer& answer) {
  for (Edit& edit : inner.edits) {
    edit.line = line;
    answer.edits.push_back(std::move(edit));
  }
  for (ParseProblem& problem : inner.problems) answer.problems.push_back({line, std::move(problem.text)});
}

bool HasKey(std::string_view object, std::string_view key) {
  return object.find("\"" + std::string(key) + "\"") != std::string_view::npos;
}

bool MayHoldEdits(std::string_view object) {
  if (HasKey(object, "ops")) return true;
  for (std::string_view key : kDiffKeys)
    if (HasKey(object, key)) return true;
  return false;
}

// Texts of diffs within the object; never of further JSON.
bool ReadDiffFields(const Json& object, std::size_t line, Answer& answer) {
  bool any = false;
  for (std::string_view key : kDiffKeys) {
    const Json& value = GetMember(object, key);
    for (const Json& each : value.is_array() ? value : Json::array({value})) {
      if (!each.is_string() || StartsWith(Trim(each.get_ref<const std::string&>()), "{")) continue;
      Answer inner = ParseAnswer(each.get_ref<const std::string&>());
      any |= !inner.edits.empty() || !inner.problems.empty();
      Append(std::move(inner), line, answer);
    }
  }
  return any;
}

}  // namespace

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
  const auto parsed = ParseJson(object);
  if (!parsed.ok()) {
    if (!HasKey(object, "ops")) return false;
    answer.problems.push_back(
        {line, "the JSON that begins here cannot be read: " + parsed.status().message()});
    return true;
  }
  const Json& ops = GetMember(*parsed, "ops");
  if (!ops.is_array()) return ReadDiffFields(*parsed, line, answer);
  OpsReader reader(line, answer);
  for (std::size_t i = 0; i < ops.size(); ++i) reader.Read(ops[i], i + 1);
  return true;
}

}  // namespace mamc::edit
