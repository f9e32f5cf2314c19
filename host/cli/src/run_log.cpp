#include "run_log.hpp"

#include <algorithm>
#include <ostream>
#include <vector>

#include "mamc/base/text.hpp"
#include "mamc/cli/table.hpp"

namespace mamc::cli {
namespace {

constexpr std::size_t kCommitDigits = 10;
constexpr std::size_t kMostTextBytes = 16 << 10;  // below one line

// What a record says: the end of its line and what stands below it.
struct Told {
  std::string line;
  std::string below;
};

// Words of several lines: the first one ends the line of the log.
Told OfWords(const std::string& before, const std::string& words) {
  const std::size_t end = words.find('\n');
  return {before + words.substr(0, end), end == std::string::npos ? "" : words.substr(end + 1)};
}

// "a, b", without what is empty.
std::string Joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts)
    if (!part.empty()) all += (all.empty() ? "" : ", ") + part;
  return all;
}

// A value of any shape on one line.
std::string WordsOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object()) return Dump(value);
  std::vector<std::string> members;
  for (const auto& [name, member] : value.items()) members.push_back(name + ": " + WordsOf(member));
  return Joined(members);
}

std::string Listed(const Json& items) {
  std::string text;
  for (const Json& item : items) text += "- " + WordsOf(item) + "\n";
  return text;
}

// Everything that a judge gave beside its status, which the log's line has.
std::string OfVerdict(const Json& verdict) {
  std::string text = Listed(GetMember(verdict, "reasons"));
  for (const auto& [name, member] : verdict.items()) {
    if (name == "status" || name == "reasons" || member.empty()) continue;
    text += name + ":" + (member.is_array() ? "\n" + Listed(member) : " " + WordsOf(member) + "\n");
  }
  return text;
}

// An answer that is nothing but JSON, in a fence or without one: its verdict is told in its place.
bool IsJustJson(std::string_view answer) {
  const std::size_t begin = answer.find('{'), end = answer.rfind('}');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return false;
  const auto is_fence = [](std::string_view around) {
    constexpr std::string_view kBlank = " \t\r\n";
    around.remove_prefix(std::min(around.find_first_not_of(kBlank), around.size()));
    around = around.substr(0, around.find_last_not_of(kBlank) + 1);
    return around.empty() || around == "```" || around == "```json";
  };
  return is_fence(answer.substr(0, begin)) && is_fence(answer.substr(end + 1)) &&
         ParseJson(answer.substr(begin, end + 1 - begin)).ok();
}

// What a persona, a model or a program said.
std::string OutputOf(const Json& result) {
  for (const char* name : {"output", "text"})
    if (std::string text = GetString(result, name); !text.empty()) return text;
  std::string out = GetString(result, "stdout");
  if (!out.empty() && out.back() != '\n') out += '\n';
  return out + GetString(result, "stderr");
}

std::string Said(const Json& result) {
  const Json& verdict = GetMember(result, "verdict");
  const std::string output = OutputOf(result);
  if (!verdict.is_object()) return output;
  return OfVerdict(verdict) + (IsJustJson(output) ? "" : output);
}

std::string ExitCodeOf(const Json& result) {
  if (GetBool(result, "timed_out")) return "its time was over";
  const Json& code = GetMember(result, "exit_code");
  return code.is_number() ? "exit code " + Dump(code) : "";
}

std::string CommitOf(const Json& body) {
  const std::string commit = GetString(body, "commit");
  return commit.empty() ? "" : "commit " + commit.substr(0, kCommitDigits);
}

std::string TaskOf(const Json& result) {
  const std::string status = GetString(GetMember(result, "task"), "status");
  return status.empty() ? "" : "the task is " + status;
}

std::string WorkerOf(const Json& result) {
  const std::string worker = GetString(result, "worker");
  return worker.empty() ? "" : "by " + worker;
}

// "fail, exit code 2, by build-7"
std::string OutcomeOf(const Json& result) {
  return Joined({GetString(result, "status"), ExitCodeOf(result), TaskOf(result), CommitOf(result),
                 GetBool(result, "pushed") ? "pushed" : "", WorkerOf(result)});
}

// What a failure knows beside its words lies in `details`, which a failed step lays around its child's.
const Json& InnermostDetails(const Json& failure) {
  const Json* details = &failure;
  while (GetMember(*details, "details").is_object()) details = &GetMember(*details, "details");
  return *details;
}

// The words of an error, and the output of the program that it tells of.
Told OfFailure(const std::string& words, const Json& failure) {
  const Json& details = InnermostDetails(failure);
  Told told = OfWords("failed: ", words);
  if (&details == &failure) return told;
  const std::string code = ExitCodeOf(details), output = Said(details);
  if (!told.below.empty() && !output.empty()) told.below += "\n";
  if (!output.empty()) told.below += (code.empty() ? "" : "Output, with " + code + ":\n") + output;
  return told;
}

Told OfChildReceipt(const Json& body) {
  if (GetBool(body, "dropped")) return {"dropped: nobody waits for it any more", ""};
  const Json& result = GetMember(body, "result");
  const Json& failed_steps = GetMember(GetMember(result, "details"), "steps");
  if (GetInt(body, "code") < 0 && failed_steps.is_object())  // whose receipts tell the rest
    return {OfWords("failed: ", GetString(result, "message")).line, ""};
  if (GetInt(body, "code") < 0) return OfFailure(GetString(result, "message"), result);
  const std::string outcome = OutcomeOf(result);
  return {outcome.empty() ? "done" : outcome, Said(result)};
}

Told OfReceipt(const Json& body) {
  const std::string status = GetString(body, "status"), error = GetString(body, "error");
  if (!error.empty()) return OfFailure(error, body);
  const Json& result = GetMember(body, "result");
  const std::string commit = GetMember(result, "commit").is_null() ? CommitOf(body) : "";
  return {Joined({status, OutcomeOf(result), commit}), Said(result)};
}

Told OfTry(const Json& body) {
  const std::string attempt = "attempt " + std::to_string(GetInt(body, "number"));
  const std::string after = GetString(body, "after");
  return after.empty() ? Told{attempt, ""} : OfWords(attempt + ", because the one before failed: ", after);
}

// Whom the step asked for what.
std::string ToldChild(const Json& body) {
  const Json& input = GetMember(body, "input");
  std::string line = GetString(body, "service");
  for (const char* name : {"persona", "intent", "type", "list", "workflow", "verb"})
    if (const std::string word = GetString(input, name); !word.empty()) line += " " + word;
  return line;
}

// Of the run as a whole.
std::string ToldSignal(const Json& body) {
  static const std::map<std::string, std::string> meanings = {
      {"again", "a host goes on with the run"},
      {"left", "its host ended as it was told to"},
      {"resume", "a person goes on with the run"},
      {"reported", "the board has its end"},
  };
  const std::string what = GetString(body, "what");
  auto meaning = meanings.find(what);
  const std::string more = meaning != meanings.end() ? meaning->second : GetString(body, "reason");
  return what + (more.empty() ? "" : ": " + more);
}

std::string ToldDiscard(const Json& body) {
  std::vector<std::string> steps;
  for (const Json& step : GetMember(body, "steps"))
    if (step.is_string()) steps.push_back(step.get<std::string>());
  return Joined(steps);
}

Told Tell(journal::RecordKind kind, const Json& body) {
  switch (kind) {
    case journal::RecordKind::kStart:
      return {GetString(body, "type"), ""};
    case journal::RecordKind::kReceipt:
      return OfReceipt(body);
    case journal::RecordKind::kChild:
      return {ToldChild(body), ""};
    case journal::RecordKind::kChildReceipt:
      return OfChildReceipt(body);
    case journal::RecordKind::kTry:
      return OfTry(body);
    case journal::RecordKind::kWorkspace:
      return {GetString(body, "commit").substr(0, kCommitDigits), ""};
    case journal::RecordKind::kSignal:
      return OfWords("", ToldSignal(body));
    case journal::RecordKind::kDiscard:
      return {ToldDiscard(body), ""};
    case journal::RecordKind::kAgain:
      return {"run again: it was under way when its host ended", ""};
    case journal::RecordKind::kSkip:
    case journal::RecordKind::kRetire:
      break;
  }
  return {};
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Where to cut near `at`: behind a line, or where there is none, before a character.
std::size_t CutAt(std::string_view text, std::size_t at, std::size_t line_end) {
  if (line_end != std::string_view::npos) return line_end + 1;
  while (at < text.size() && IsContinuation(text[at])) ++at;
  return at;
}

}  // namespace

std::string_view KindText(journal::RecordKind kind) {
  switch (kind) {
    case journal::RecordKind::kStart:
      return "start";
    case journal::RecordKind::kReceipt:
      return "receipt";
    case journal::RecordKind::kSkip:
      return "skip";
    case journal::RecordKind::kChild:
      return "child";
    case journal::RecordKind::kChildReceipt:
      return "child-receipt";
    case journal::RecordKind::kTry:
      return "try";
    case journal::RecordKind::kWorkspace:
      return "workspace";
    case journal::RecordKind::kSignal:
      return "signal";
    case journal::RecordKind::kRetire:
      return "retire";
    case journal::RecordKind::kDiscard:
      return "discard";
    case journal::RecordKind::kAgain:
      return "again";
  }
  return "unknown";
}

void RunLog::Print(const journal::Record& record, const Json& body) {
  const Told told = Tell(record.kind, body);
  out_ << LocalTime(record.at_ms) << "  " << KindText(record.kind)
       << (record.path.empty() ? "" : "  " + Printable(record.path))
       << (record.key.empty() ? "" : " [" + Printable(record.key) + "]")
       << (told.line.empty() ? "" : "  " + Printable(told.line)) << '\n';
  if (IsNews(record, told.below)) PrintBelow(told.below);
}

// The receipt of a step that asked a persona repeats the answer that stands above.
bool RunLog::IsNews(const journal::Record& record, const std::string& text) {
  if (record.kind == journal::RecordKind::kChildReceipt) told_[record.path].insert(text);
  const bool told_above = record.kind == journal::RecordKind::kReceipt && told_[record.path].contains(text);
  return !text.empty() && !told_above;
}

void RunLog::PrintBelow(std::string_view text) {
  constexpr std::string_view kIndent = "    ";
  if (text.size() <= kMostTextBytes) return PrintLines(out_, text, kIndent);
  const std::size_t half = kMostTextBytes / 2;
  const std::size_t head = CutAt(text, half, text.substr(0, half).rfind('\n'));
  const std::size_t tail = CutAt(text, text.size() - half, text.find('\n', text.size() - half));
  PrintLines(out_, text.substr(0, head), kIndent);
  out_ << kIndent << "[... " << tail - head << " bytes are left out here; `" << Printable(whole_)
       << "` has all of it ...]\n";
  PrintLines(out_, text.substr(tail), kIndent);
}

}  // namespace mamc::cli
