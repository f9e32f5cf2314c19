#include "finding.hpp"

#include <algorithm>
#include <cctype>

namespace mamc::cli::doctor {
namespace {

int Rank(Exit exit) {
  return exit == kWrongUse ? 3 : exit == kUnreachable ? 2 : exit == kDone ? 0 : 1;
}

bool IsPlace(const std::string& words) {
  if (words.empty()) return false;
  // "environment ALLOWED_PERSONAS", "flag --plugins"
  if (words.starts_with("environment ") || words.starts_with("flag ")) return true;
  // "/etc/mamc/mamc.yaml:3:7", ".env:2"
  const std::size_t colon = words.rfind(':');
  return colon != std::string::npos && colon + 1 < words.size() &&
         std::all_of(words.begin() + static_cast<std::ptrdiff_t>(colon) + 1, words.end(),
                     [](unsigned char c) { return std::isdigit(c); });
}

}  // namespace

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kOk:
      return "ok";
    case Level::kNote:
      return "note";
    case Level::kWarning:
      return "warning";
    case Level::kProblem:
      return "problem";
  }
  return "problem";
}

void Section::Failed(const Status& status, std::string where, std::string advice) {
  const bool away = IsRetryable(status.code());
  Add({.level = Level::kProblem,
       .what = status.message(),
       .where = std::move(where),
       .advice = std::move(advice),
       .exit = away ? kUnreachable : kWorkFailed});
}

Exit ExitOf(const std::vector<Section>& sections) {
  Exit exit = kDone;
  for (const Section& section : sections)
    for (const Finding& finding : section.findings) {
      if (finding.level < Level::kWarning) continue;
      const Exit its = finding.level == Level::kProblem ? finding.exit : kWorkFailed;
      if (Rank(its) > Rank(exit)) exit = its;
    }
  return exit;
}

Placed SplitPlace(const std::string& message) {
  const std::size_t end = message.find(": ");
  const std::string words = message.substr(0, end == std::string::npos ? 0 : end);
  return IsPlace(words) ? Placed{words, message.substr(end + 2)} : Placed{"", message};
}

}  // namespace mamc::cli::doctor
