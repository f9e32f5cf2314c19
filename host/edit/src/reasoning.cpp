#include "reasoning.hpp"

#include "prose.hpp"
#include "words.hpp"

namespace mamc::edit {

// What stands behind its end is answer.
void Reasoning::Leave(std::size_t& at, std::size_t column) {
  passed_ = true;
  lines_[at] = lines_[at].substr(column);
  if (Trim(lines_[at]).empty()) ++at;
}

bool Reasoning::Skip(std::size_t& at, bool found) {
  Thought thought = ThoughtAt(lines_, at);
  if (!thought.opens && at < ends_in_words_) thought = ThoughtInWords(lines_, at);
  if (!thought.opens) return false;
  const std::size_t begin = at;
  at = thought.line;
  if (at == lines_.size()) {
    answer_.problems.push_back(
        {begin + 1, "the reasoning that begins here is not closed: the answer was cut"});
    return true;
  }
  // Between edits a tag may be spoken of, and then what stands behind it is answer.
  if (found && HoldsEdits(lines_, begin, thought.line)) Unclear(begin);
  Leave(at, thought.column);
  return true;
}

bool Reasoning::SkipUnopened(std::size_t& at, bool found) {
  const std::size_t end = StrayThoughtEnd(lines_[at]);
  if (end == std::string_view::npos) return false;
  if (found) Unclear(at);
  Leave(at, end);
  return true;
}

// Looked for once: an answer that is good has none.
void Reasoning::CheckBehindWords(std::size_t at) {
  if (looked_behind_words_) return;
  const Thought thought = ThoughtWithin(lines_, at);
  looked_behind_words_ = thought.opens;
  if (thought.opens && thought.line < lines_.size() && HoldsEdits(lines_, at, thought.line)) Unclear(at);
}

void Reasoning::CheckWithin(std::size_t begin, std::size_t end) {
  if (passed_) return;
  if (const std::size_t stray = StrayThoughtEndWithin(lines_, begin, end); stray < end) Unclear(stray);
}

}  // namespace mamc::edit
