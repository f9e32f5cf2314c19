#include "feedback.hpp"

#include <algorithm>

#include "shorten.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kMaxShown = 20;

std::string Where(const std::string& path, std::size_t line) {
  return "- " + (path.empty() ? "" : ShortName(path) + ", ") + "line " + std::to_string(line) +
         " of your answer";
}

void AddMore(std::string& text, std::size_t all) {
  if (all > kMaxShown) text += "- and " + std::to_string(all - kMaxShown) + " more\n";
}

}  // namespace

std::string FeedbackFor(const Report& report) {
  std::string text =
      "Nothing was changed, because not all edits could be applied.\n\nThese could not; do not send these "
      "again as they are:\n";
  for (std::size_t i = 0; i < std::min(report.refused.size(), kMaxShown); ++i) {
    const Refused& each = report.refused[i];
    text += Where(each.path, each.line) + ": " + ShortMessage(each.reason);
    if (text.back() != '\n') text += "\n";
  }
  AddMore(text, report.refused.size());
  if (report.fitted.empty()) return text;
  text += "\nThese fit; send them again unchanged, together with the corrected ones:\n";
  for (std::size_t i = 0; i < std::min(report.fitted.size(), kMaxShown); ++i)
    text += Where(report.fitted[i].path, report.fitted[i].line) + "\n";
  AddMore(text, report.fitted.size());
  return text;
}

}  // namespace mamc::edit
