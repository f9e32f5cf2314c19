#include "verdict.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "mamc/base/diff_paths.hpp"

namespace mamc::worker {
namespace {

constexpr std::size_t kMostFilesNamed = 20;

// Texts between lines that open and close a fence.
std::vector<std::string> FencedBlocks(const std::string& answer) {
  std::vector<std::string> blocks;
  std::string fence, block;
  for (std::size_t at = 0; at < answer.size();) {
    std::size_t end = answer.find('\n', at);
    if (end == std::string::npos) end = answer.size();
    std::string line = answer.substr(at, end - at);
    at = end + 1;
    std::size_t ticks = line.find_first_not_of('`');
    if (ticks == std::string::npos) ticks = line.size();
    if (fence.empty()) {
      if (ticks < 3) continue;
      fence = std::string(ticks, '`');
      block.clear();
    } else if (ticks >= fence.size() && line.find_first_not_of(" \t\r", ticks) == std::string::npos) {
      blocks.push_back(block);
      fence.clear();
    } else {
      block += line + "\n";
    }
  }
  return blocks;
}

// Where an object that begins at `start` ends, by its braces outside of strings; npos when it does not. A
// string ends on its line.
std::size_t EndOfObject(const std::string& text, std::size_t start) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = start; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\n') return std::string::npos;
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i;
    }
  }
  return std::string::npos;
}

// As JSON begins one: with a name or with its end. A brace of code does not.
bool BeginsObject(const std::string& text, std::size_t at) {
  if (text[at] != '{') return false;
  const std::size_t next = text.find_first_not_of(" \t\r\n", at + 1);
  return next != std::string::npos && (text[next] == '"' || text[next] == '}');
}

// Every outermost {…} of the text. What begins like one and never ends hides none behind it. Null when it
// begins like one so often that nobody can tell.
std::optional<std::vector<std::string>> Objects(const std::string& text) {
  constexpr std::size_t kMostUnended = 200;
  std::vector<std::string> objects;
  std::size_t unended = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!BeginsObject(text, at)) continue;
    const std::size_t end = EndOfObject(text, at);
    if (end == std::string::npos) {
      if (++unended > kMostUnended) return std::nullopt;
      continue;
    }
    objects.push_back(text.substr(at, end - at + 1));
    at = end;
  }
  return objects;
}

// "PASS" and "Fail" are no valid statuses, but what is meant by them is clear enough to contradict another
// one.
std::string Meant(const Json& verdict) {
  std::string status = GetString(verdict, "status");
  std::transform(status.begin(), status.end(), status.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return status;
}

bool HasBlockingFinding(const Json& verdict) {
  const Json& findings = GetMember(verdict, "findings");
  return findings.is_array() && std::any_of(findings.begin(), findings.end(), [](const Json& finding) {
           return GetString(finding, "severity") == "blocking";
         });
}

}  // namespace

std::string WithoutReasoning(const std::string& answer) {
  std::string text;
  std::size_t at = 0;
  // Some servers put the opening tag into the prompt: what comes before the closing one is reasoning too.
  std::size_t first_close = answer.find("</think>");
  if (first_close < answer.find("<think>")) at = first_close + 8;
  for (;;) {
    std::size_t open = answer.find("<think>", at);
    text += answer.substr(at, open == std::string::npos ? open : open - at);
    if (open == std::string::npos) return text;
    std::size_t close = answer.find("</think>", open);
    if (close == std::string::npos) return text;
    at = close + 8;
  }
}

Result<Json> FindVerdict(const std::string& answer, const schema::Schema& schema) {
  std::string text = WithoutReasoning(answer);
  auto objects = Objects(text);
  if (!objects) return Invalid("the answer holds many objects that begin and do not end");
  std::vector<std::string> candidates = std::move(*objects);
  for (std::string& block : FencedBlocks(text)) candidates.push_back(std::move(block));
  Status reason = Invalid("the answer holds no JSON object");
  std::optional<Json> verdict;
  bool passes = false, fails = false;  // what any of them says, also one with other mistakes
  for (auto candidate = candidates.rbegin(); candidate != candidates.rend(); ++candidate) {
    auto parsed = ParseJson(*candidate);
    if (!parsed.ok() || !parsed->is_object()) {
      if (candidate == candidates.rbegin() && !parsed.ok()) reason = parsed.status();
      continue;
    }
    passes |= Meant(*parsed) == "pass";
    fails |= Meant(*parsed) == "fail";
    auto violations = schema.Validate(*parsed);
    if (!violations.empty())
      reason = Invalid(schema::Describe(violations, "the verdict"));
    else if (!verdict)
      verdict = std::move(*parsed);
  }
  if (!verdict) return reason;
  if (passes && fails) return Invalid("the answer says \"pass\" and \"fail\"; give one verdict");
  if (passes && HasBlockingFinding(*verdict))
    return Invalid("the verdict contradicts itself: its status is \"pass\" and a finding is \"blocking\"");
  return std::move(*verdict);
}

bool HasPlaces(const Json& verdict_schema) {
  const Json& finding = GetMember(GetMember(GetMember(verdict_schema, "properties"), "findings"), "items");
  return GetMember(finding, "properties").contains("file");
}

Status CheckFindings(const Json& verdict, std::string_view change) {
  if (!HasBlockingFinding(verdict)) return {};
  const std::vector<std::string> files = FilesOfDiff(change);
  const Json& findings = GetMember(verdict, "findings");
  const bool placed = std::any_of(findings.begin(), findings.end(), [&files](const Json& finding) {
    return GetString(finding, "severity") == "blocking" &&
           !FileMeant(GetString(finding, "file"), files).empty();
  });
  if (placed || files.empty()) return {};
  std::string named;
  for (std::size_t i = 0; i < std::min(files.size(), kMostFilesNamed); ++i)
    named += (i == 0 ? "" : ", ") + files[i];
  if (files.size() > kMostFilesNamed) named += ", ...";
  return Invalid("none of its blocking findings names a file of the change in \"file\", which are: " + named);
}

std::string VerdictStatus(const Json& verdict) {
  std::string status = GetString(verdict, "status");
  return status == "pass" || status == "fail" ? status : "unknown";
}

}  // namespace mamc::worker
