// How the indentation of an answer differs from the file's, learnt from the lines that are in both.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mamc::edit {

class Reindent {
 public:
  // Pairs of (as sent, in the file) of lines that are equal but for the space around them. Nothing when no
  // one rule explains all of them.
  static std::optional<Reindent> Learn(
      const std::vector<std::pair<std::string_view, std::string_view>>& pairs);

  bool identity() const { return rule_ == Rule::kNone; }
  // The line as it is written into the file; nothing when the rule does not say.
  std::optional<std::string> Apply(std::string_view line) const;

 private:
  enum class Rule { kNone, kAdd, kStrip, kToTabs, kToSpaces, kScale };
  std::optional<std::string> Indent(std::string_view indent) const;

  Rule rule_ = Rule::kNone;
  std::string prefix_;                       // kAdd, kStrip
  std::size_t width_ = 0;                    // kToTabs, kToSpaces
  std::size_t numerator_ = 1, divisor_ = 1;  // kScale
};

}  // namespace mamc::edit
