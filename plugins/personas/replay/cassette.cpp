#include "cassette.hpp"

#include <algorithm>
#include <fstream>

namespace replay {
namespace {

using mamc::sdk::Failure;

std::string TextMember(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Roles and contents, nothing else: what two questions must share to be the same.
Json Canonical(const Json& messages) {
  Json canonical = Json::array();
  for (const Json& message : messages)
    canonical.push_back({TextMember(message, "role"), TextMember(message, "content")});
  return canonical;
}

std::string Key(const Json& persona, const Json& model, const Json& canonical_messages) {
  return Json({persona, model, canonical_messages}).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool AreMessages(const Json& messages) {
  return messages.is_array() && std::all_of(messages.begin(), messages.end(), [](const Json& message) {
           return message.is_object() && message.value("role", Json()).is_string() &&
                  message.value("content", Json()).is_string();
         });
}

std::string ProblemOf(const Json& entry) {
  if (!entry.is_object()) return "is not a JSON object";
  if (!entry.value("persona", Json()).is_string()) return "has no text 'persona'";
  if (!entry.value("model", Json("")).is_string()) return "has a 'model' that is not text";
  if (!AreMessages(entry.value("messages", Json())))
    return R"(has no list 'messages' of {"role", "content"})";
  const Json answer = entry.value("answer", Json());
  if (!answer.is_object() || !answer.value("text", Json()).is_string())
    return R"(has no 'answer' with a text member 'text')";
  return "";
}

// Where two lists of messages part: the first message that differs, and how many of its characters are the
// same.
struct Parting {
  std::size_t message = 0;
  std::size_t offset = 0;
  auto operator<=>(const Parting&) const = default;
};

const std::string& ContentOf(const Json& messages, std::size_t index) {
  static const std::string kNothing;
  return index < messages.size() ? messages[index][1].get_ref<const std::string&>() : kNothing;
}

std::size_t SharedCharacters(const std::string& a, const std::string& b) {
  const std::size_t most = std::min(a.size(), b.size());
  const auto differs =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(most), b.begin()).first;
  std::size_t offset = static_cast<std::size_t>(differs - a.begin());
  while (offset > 0 && offset < a.size() && (static_cast<unsigned char>(a[offset]) & 0xC0) == 0x80) --offset;
  return offset;
}

Parting PartingOf(const Json& a, const Json& b) {
  std::size_t message = 0;
  while (message < a.size() && message < b.size() && a[message] == b[message]) ++message;
  const bool same_role = message < a.size() && message < b.size() && a[message][0] == b[message][0];
  return {message, same_role ? SharedCharacters(ContentOf(a, message), ContentOf(b, message)) : 0};
}

// Up to 40 bytes from a little before the place, on one line, cut between characters.
std::string Around(const std::string& text, std::size_t offset) {
  constexpr std::size_t kBefore = 15;
  constexpr std::size_t kShown = 40;
  const auto to_character = [&](std::size_t at) {
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    return std::min(at, text.size());
  };
  const std::size_t begin = to_character(offset > kBefore ? offset - kBefore : 0);
  std::string shown = text.substr(begin, to_character(begin + kShown) - begin);
  for (std::size_t at = 0; (at = shown.find('\n', at)) != std::string::npos; at += 2)
    shown.replace(at, 1, "\\n");
  return shown.empty() ? "(nothing)" : "'" + shown + "'";
}

std::string Place(const std::string& text, std::size_t offset) {
  const auto begin = text.begin();
  const auto here = begin + static_cast<std::ptrdiff_t>(offset);
  const auto line = std::count(begin, here, '\n') + 1;
  const std::size_t line_start = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
  const std::size_t column = line_start == std::string::npos ? offset + 1 : offset - line_start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string Difference(const Json& asked, const Json& recorded) {
  const Parting parting = PartingOf(asked, recorded);
  const std::string number = std::to_string(parting.message + 1);
  if (parting.message >= asked.size() || parting.message >= recorded.size()) {
    return "it has " + std::to_string(recorded.size()) + " messages, the question " +
           std::to_string(asked.size());
  }
  const Json& role_asked = asked[parting.message][0];
  const Json& role_recorded = recorded[parting.message][0];
  if (role_asked != role_recorded) {
    return "message " + number + " is recorded from " + role_recorded.get<std::string>() +
           " and asked from " + role_asked.get<std::string>();
  }
  const std::string& asked_text = ContentOf(asked, parting.message);
  return "they part in message " + number + " (" + role_asked.get<std::string>() + "), " +
         Place(asked_text, parting.offset) + ": asked " + Around(asked_text, parting.offset) + ", recorded " +
         Around(ContentOf(recorded, parting.message), parting.offset);
}

}  // namespace

Cassette::Cassette(const std::filesystem::path& file) : file_(file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw Failure(MAMC_E_NOT_FOUND,
                  "The cassette " + file.string() + " cannot be read. Check personas.replay.cassette.");
  std::string problems;
  std::string text;
  for (std::size_t line = 1; std::getline(stream, text); ++line) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    Json entry = Json::parse(text, nullptr, false);
    const std::string problem = entry.is_discarded() ? "is not JSON" : ProblemOf(entry);
    if (problem.empty()) {
      Add(line, std::move(entry));
    } else {
      problems += "\n" + file.string() + ":" + std::to_string(line) + ": the entry " + problem + ".";
    }
  }
  if (!problems.empty()) throw Failure(MAMC_E_INVALID, "The cassette has mistakes:" + problems);
}

void Cassette::Add(std::size_t line, Json entry) {
  const Json messages = Canonical(entry["messages"]);
  takes_[Key(entry["persona"], entry.value("model", ""), messages)].entries.push_back(entries_.size());
  entries_.push_back({line, entry["persona"], messages, std::move(entry["answer"])});
}

const Json& Cassette::Play(const Json& question) {
  const Json messages = Canonical(question.value("messages", Json::array()));
  const std::string persona = TextMember(question, "persona");
  for (const std::string& model : {TextMember(question, "model"), std::string()}) {
    const auto found = takes_.find(Key(persona, model, messages));
    if (found == takes_.end()) continue;
    Takes& takes = found->second;
    const std::size_t take = std::min(takes.played++, takes.entries.size() - 1);
    return entries_[takes.entries[take]].answer;
  }
  ThrowMiss(question);
}

void Cassette::ThrowMiss(const Json& question) const {
  const Json asked = Canonical(question.value("messages", Json::array()));
  const std::string persona = TextMember(question, "persona");
  const std::string miss = "The cassette " + file_.string() + " has no answer to this question of " + persona;
  const auto rank = [&](const Entry& entry) {
    return std::pair(entry.persona == persona, PartingOf(asked, entry.messages));
  };
  const auto nearest = std::max_element(entries_.begin(), entries_.end(),
                                        [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
  if (nearest == entries_.end()) throw Failure(MAMC_E_FAILED, miss + ": it is empty.");
  const std::string where = ". Nearest is line " + std::to_string(nearest->line);
  if (nearest->persona != persona)
    throw Failure(MAMC_E_FAILED,
                  miss + where + ", which is for " + nearest->persona.get<std::string>() + ".");
  if (asked == nearest->messages) {
    throw Failure(MAMC_E_FAILED, miss + where + ", recorded for another model than '" +
                                     TextMember(question, "model") + "'.");
  }
  throw Failure(MAMC_E_FAILED, miss + where + ": " + Difference(asked, nearest->messages) + ".");
}

}  // namespace replay
