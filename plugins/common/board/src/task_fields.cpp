#include "mamc/task_fields.hpp"

#include <algorithm>
#include <numeric>

namespace mamc::board {
namespace {

using mamc::sdk::Failure;
using Check = std::string (*)(const Json&);  // what is wrong with a value, "" when nothing

const std::vector<std::string> kStatuses = {"open",    "in_progress", "in_review",
                                            "blocked", "done",        "archived"};
const std::vector<std::string> kReasons = {"dependencies", "retry", "person"};

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestWord = 64;  // hostile input: the distance costs the product of the lengths
  if (word.size() > kLongestWord) return "";
  const auto nearest = std::min_element(
      candidates.begin(), candidates.end(),
      [&](const auto& a, const auto& b) { return EditDistance(word, a) < EditDistance(word, b); });
  if (nearest == candidates.end() ||
      EditDistance(word, *nearest) > std::max<std::size_t>(1, nearest->size() / 2))
    return "";
  return " (did you mean '" + *nearest + "'?)";
}

std::string Joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

std::string Quoted(const Json& value) {
  constexpr std::size_t kShown = 60;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kShown) text.replace(kShown, std::string::npos, "...");
  return text;
}

std::string OneOf(const Json& value, const std::vector<std::string>& words) {
  if (!value.is_string()) return "must be one of " + Joined(words, ", ") + ", not " + Quoted(value);
  const std::string& word = value.get_ref<const std::string&>();
  if (std::find(words.begin(), words.end(), word) != words.end()) return "";
  return "must be one of " + Joined(words, ", ") + ", not " + Quoted(value) + DidYouMean(word, words);
}

std::string Text(const Json& value) {
  return value.is_string() ? "" : "must be text, not " + Quoted(value);
}

std::string TextOrNull(const Json& value) {
  return value.is_null() ? "" : Text(value);
}

std::string NonEmptyText(const Json& value) {
  return value.is_string() && !value.get_ref<const std::string&>().empty()
             ? ""
             : "must be text that is not empty, not " + Quoted(value);
}

std::string NonEmptyTextOrNull(const Json& value) {
  return value.is_null() ? "" : NonEmptyText(value);
}

std::string Number(const Json& value) {
  return value.is_number() ? "" : "must be a number, not " + Quoted(value);
}

std::string Texts(const Json& value) {
  const bool good = value.is_array() && std::all_of(value.begin(), value.end(),
                                                    [](const Json& item) { return item.is_string(); });
  return good ? "" : "must be a list of texts, not " + Quoted(value);
}

std::string Status(const Json& value) {
  return OneOf(value, kStatuses);
}

std::string Blocked(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_object()) return R"(must be null or {"reason", "attempts", "text"}, not )" + Quoted(value);
  const std::string reason = OneOf(value.value("reason", Json()), kReasons);
  if (!reason.empty()) return "has a wrong reason: it " + reason;
  for (const auto& [name, member] : value.items()) {
    if (name == "attempts" && !(member.is_number_integer() && member.get<std::int64_t>() >= 0)) {
      return "has wrong attempts: a number from 0 up is needed, not " + Quoted(member);
    }
    if (name == "text" && !member.is_string()) return "has a wrong text: " + Quoted(member);
    if (name != "reason" && name != "attempts" && name != "text") {
      return "has an unknown member '" + name + "'" + DidYouMean(name, {"reason", "attempts", "text"});
    }
  }
  return "";
}

std::string Null(const Json& value) {
  return value.is_null() ? "" : "can only be given up with null; CLAIM takes one";
}

struct Field {
  const char* name;
  Check check;
  bool in_create;
  bool in_set;
};

const std::vector<Field> kFields = {
    {"project", NonEmptyText, true, false}, {"title", NonEmptyText, true, true},
    {"description", Text, true, true},      {"type", Text, true, true},
    {"labels", Texts, true, true},          {"priority", Number, true, true},
    {"milestone", TextOrNull, true, true},  {"status", Status, true, true},
    {"blocked", Blocked, true, true},       {"dependencies", Texts, true, true},
    {"workflow", TextOrNull, true, true},   {"repo", TextOrNull, true, true},
    {"branch", TextOrNull, true, true},     {"external_id", NonEmptyTextOrNull, true, false},
    {"follows", TextOrNull, true, false},   {"claim", Null, false, true},
};

std::vector<std::string> NamesOf(bool Field::*allowed) {
  std::vector<std::string> names;
  for (const Field& field : kFields) {
    if (field.*allowed) names.push_back(field.name);
  }
  return names;
}

std::vector<std::string> ProblemsOf(const Json& object, bool Field::*allowed, const std::string& where) {
  std::vector<std::string> problems;
  for (const auto& [name, value] : object.items()) {
    const auto field = std::find_if(kFields.begin(), kFields.end(),
                                    [&](const Field& f) { return f.*allowed && name == f.name; });
    if (field == kFields.end()) {
      problems.push_back(where + "'" + name + "' cannot be set" + DidYouMean(name, NamesOf(allowed)));
    } else if (const std::string problem = field->check(value); !problem.empty()) {
      problems.push_back(where + "'" + name + "' " + problem);
    }
  }
  return problems;
}

void ThrowIfAny(const std::string& verb, const std::vector<std::string>& problems) {
  if (!problems.empty())
    throw Failure(MAMC_E_INVALID, "The board cannot " + verb + " a task: " + Joined(problems, "; ") + ".");
}

}  // namespace

void CheckCreate(const Json& input) {
  std::vector<std::string> problems = ProblemsOf(input, &Field::in_create, "");
  for (const char* required : {"project", "title"}) {
    if (!input.contains(required)) problems.push_back(std::string("'") + required + "' is missing");
  }
  if (!input.value("blocked", Json()).is_null() && input.value("status", Json()) != "blocked") {
    problems.push_back("'blocked' needs the status blocked");
  }
  ThrowIfAny("create", problems);
}

void CheckSet(const Json& set) {
  if (!set.is_object())
    throw Failure(MAMC_E_INVALID,
                  "The board cannot update a task: 'set' must be an object, not " + Quoted(set) + ".");
  ThrowIfAny("update", ProblemsOf(set, &Field::in_set, "set."));
}

void CheckStatus(const Json& status, const std::string& member) {
  if (const std::string problem = Status(status); !problem.empty()) {
    throw Failure(MAMC_E_INVALID, "'" + member + "' " + problem + ".");
  }
}

Json CompleteBlocked(Json fields) {
  const auto blocked = fields.find("blocked");
  if (blocked == fields.end() || !blocked->is_object()) return fields;
  blocked->emplace("attempts", 0);
  blocked->emplace("text", "");
  return fields;
}

std::string RequiredText(const Json& input, const char* member) {
  const auto found = input.find(member);
  if (found == input.end()) throw Failure(MAMC_E_INVALID, std::string("'") + member + "' is missing.");
  if (const std::string problem = NonEmptyText(*found); !problem.empty()) {
    throw Failure(MAMC_E_INVALID, std::string("'") + member + "' " + problem + ".");
  }
  return found->get<std::string>();
}

}  // namespace mamc::board
