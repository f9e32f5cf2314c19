#include "verdict.hpp"

#include <vector>

namespace mamc::worker {
namespace {

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

// Every outermost {…} of the text, braces in strings not counted.
std::vector<std::string> BalancedObjects(const std::string& text) {
  std::vector<std::string> objects;
  int depth = 0;
  bool in_string = false, escaped = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (depth > 0 && in_string) {
      if (escaped)
        escaped = false;
      else if (c == '\\')
        escaped = true;
      else if (c == '"')
        in_string = false;
    } else if (c == '{') {
      if (depth++ == 0) start = i;
    } else if (c == '}' && depth > 0) {
      if (--depth == 0) objects.push_back(text.substr(start, i - start + 1));
    } else if (c == '"' && depth > 0) {
      in_string = true;
    }
  }
  return objects;
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
  std::vector<std::string> candidates = BalancedObjects(text);
  for (std::string& block : FencedBlocks(text)) candidates.push_back(std::move(block));
  Status reason = Invalid("the answer holds no JSON object");
  for (auto candidate = candidates.rbegin(); candidate != candidates.rend(); ++candidate) {
    auto parsed = ParseJson(*candidate);
    if (!parsed.ok() || !parsed->is_object()) {
      if (candidate == candidates.rbegin() && !parsed.ok()) reason = parsed.status();
      continue;
    }
    auto violations = schema.Validate(*parsed);
    if (violations.empty()) return std::move(*parsed);
    reason = Invalid(schema::Describe(violations, "the verdict"));
  }
  return reason;
}

std::string VerdictStatus(const Json& verdict) {
  std::string status = GetString(verdict, "status");
  return status == "pass" || status == "fail" ? status : "unknown";
}

}  // namespace mamc::worker
