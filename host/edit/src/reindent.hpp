// How the indentation of an answer differs from the file's, learnt from the lines that are in both.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mamc::edit {

// Lines that are equal but for the space around them, (as sent, in the file).
using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

class Reindent {
 public:
  // The rules that explain all of the pairs, the likeliest first; one level of indentation alone may have
  // more than one.
  static std::vector<Reindent> Learn(const Pairs& pairs);
  // `width` spaces are a tab, or are put for one. REQUIRES: width > 0.
  static Reindent ToTabs(std::size_t width) { return {Rule::kToTabs, width}; }
  static Reindent ToSpaces(std::size_t width) { return {Rule::kToSpaces, width}; }

  Reindent() = default;

  bool identity() const { return rule_ == Rule::kNone; }
  // Whether it makes of the answer's step of indentation the file's. Steps are in spaces; 0: not known.
  bool FitsSteps(std::size_t sent, std::size_t filed) const;
  // The line as it is written into the file; nothing when the rule does not say.
  std::optional<std::string> Apply(std::string_view line) const;

 private:
  enum class Rule { kNone, kAdd, kStrip, kToTabs, kToSpaces, kScale };
  Reindent(Rule rule, std::size_t width) : rule_(rule), width_(width) {}
  std::optional<std::string> Indent(std::string_view indent) const;

  Rule rule_ = Rule::kNone;
  std::size_t width_ = 0;                    // kToTabs, kToSpaces
  std::string prefix_{};                     // kAdd, kStrip
  std::size_t numerator_ = 1, divisor_ = 1;  // kScale
};

// The step by which the lines are indented with spaces: the commonest from a line to the next deeper one, or
// when none is deeper, to the next less deep one; 0: all are at one level.
std::size_t StepOf(const std::vector<std::string_view>& lines);

}  // namespace mamc::edit
