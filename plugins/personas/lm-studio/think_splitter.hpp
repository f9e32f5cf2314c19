// Separates reasoning that a model writes into its answer, <think>...</think> at the very start, from the
// answer itself, while the text comes in pieces. Used by one thread.
#pragma once
#include <string>
#include <string_view>

namespace lm_studio {

class ThinkSplitter {
 public:
  struct Parts {
    std::string text;
    std::string reasoning;
  };

  // What of `piece`, and of what was held back before, is certain by now.
  Parts Feed(std::string_view piece);
  // What was held back.
  Parts Finish();

 private:
  enum class Place { kStart, kThinking, kAfter, kAnswer };

  void Step(Parts& parts, bool more_may_come);

  Place place_ = Place::kStart;
  std::string held_;
};

// An answer whose template had opened the thinking already: everything up to a lone </think> on a line's end
// is reasoning. Changes nothing otherwise.
void SplitUnopened(std::string& text, std::string& reasoning);

}  // namespace lm_studio
