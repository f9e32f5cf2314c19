#include "not_meant.hpp"

#include <algorithm>
#include <cctype>

#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kMostBytes = 300;  // of a line that introduces something
constexpr std::size_t kReach = 5;        // lines from a warning to what it warns of, behind fence and path

constexpr std::string_view kWarnings[] = {
    "do not apply",          "don't apply",        "not be applied",     "not to be applied",
    "do not use this",       "don't use this",     "do not do this",     "don't do this",
    "do not copy",           "don't copy",         "for reference only", "only for reference",
    "for illustration only", "for comparison only"};
constexpr std::string_view kChoices[] = {"option",   "alternative", "approach",
                                         "solution", "variant",     "possibility"};

std::string_view WithoutMarks(std::string_view text) {
  while (!text.empty() && std::string_view("#*_> -").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  return text;
}

bool IsLabel(std::string_view word) {
  if (word.size() != 1) return false;
  const char c = word.front();
  return (c >= '1' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

void NotMeant::Hear(std::string_view text, std::size_t line) {
  text = Trim(text);
  if (text.empty() || text.size() > kMostBytes) return;
  const std::string lower = Lower(text);
  if (std::any_of(std::begin(kWarnings), std::end(kWarnings),
                  [&](std::string_view warning) { return lower.find(warning) != std::string::npos; }))
    warnings_.push_back(line);
  std::string_view left = WithoutMarks(lower);
  const std::size_t blank = left.find(' ');
  if (blank == std::string_view::npos || !IsOneOf(left.substr(0, blank), kChoices)) return;
  const std::string_view behind = left.substr(blank + 1);
  const std::size_t end =
      std::min(behind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), behind.size());
  if (!IsLabel(behind.substr(0, end))) return;
  choices_.push_back({std::string(left.substr(0, blank)), std::string(behind.substr(0, end)), line});
}

void NotMeant::Check(Answer& answer) const {
  if (warnings_.empty() && choices_.empty()) return;
  std::vector<std::size_t> edits;
  for (const Edit& edit : answer.edits) edits.push_back(edit.line);
  std::sort(edits.begin(), edits.end());
  CheckWarnings(edits, answer);
  CheckChoices(edits, answer);
}

void NotMeant::CheckWarnings(const std::vector<std::size_t>& edits, Answer& answer) const {
  for (const std::size_t line : warnings_) {
    const auto next = std::upper_bound(edits.begin(), edits.end(), line);
    if (next == edits.end() || *next > line + 1 + kReach) continue;
    answer.problems.push_back(
        {line + 1,
         "this line says that what follows is not to be applied: send nothing but what shall be applied"});
  }
}

// Those of one kind with different labels and edits below each.
void NotMeant::CheckChoices(const std::vector<std::size_t>& edits, Answer& answer) const {
  const Choice* first = nullptr;
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    const Choice& choice = choices_[i];
    const std::size_t end = i + 1 < choices_.size() ? choices_[i + 1].line : std::string_view::npos;
    const auto next = std::upper_bound(edits.begin(), edits.end(), choice.line);
    if (next == edits.end() || *next > end) continue;
    if (!first || first->kind != choice.kind) {
      first = &choice;
    } else if (first->label != choice.label) {
      answer.problems.push_back(
          {choice.line + 1, "the answer has edits for " + first->kind + " " + first->label + " and for " +
                                choice.kind + " " + choice.label +
                                ", of which one is to be chosen: send those of one alone"});
      return;
    }
  }
}

}  // namespace mamc::edit
