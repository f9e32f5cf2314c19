#include "think_splitter.hpp"

#include <algorithm>
#include <utility>

namespace lm_studio {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr const char* kSpace = " \t\r\n";

// How much of the end of `text` may be the beginning of `tag`.
std::size_t PartialTag(std::string_view text, std::string_view tag) {
  for (std::size_t size = std::min(text.size(), tag.size() - 1); size > 0; --size) {
    if (text.ends_with(tag.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

ThinkSplitter::Parts ThinkSplitter::Feed(std::string_view piece) {
  held_.append(piece);
  Parts parts;
  Step(parts, true);
  return parts;
}

ThinkSplitter::Parts ThinkSplitter::Finish() {
  Parts parts;
  Step(parts, false);
  return parts;
}

void ThinkSplitter::Step(Parts& parts, bool more_may_come) {
  if (place_ == Place::kStart) {
    const std::size_t begin = std::min(held_.find_first_not_of(kSpace), held_.size());
    const std::string_view rest = std::string_view(held_).substr(begin);
    if (more_may_come && rest.size() < kOpen.size() && kOpen.starts_with(rest)) return;
    place_ = rest.starts_with(kOpen) ? Place::kThinking : Place::kAnswer;
    if (place_ == Place::kThinking) held_.erase(0, begin + kOpen.size());
  }
  if (place_ == Place::kThinking) {
    const std::size_t close = held_.find(kClose);
    const std::size_t certain =
        close != std::string::npos ? close : held_.size() - (more_may_come ? PartialTag(held_, kClose) : 0);
    parts.reasoning += held_.substr(0, certain);
    held_.erase(0, close != std::string::npos ? close + kClose.size() : certain);
    if (close == std::string::npos) return;
    place_ = Place::kAfter;
  }
  if (place_ == Place::kAfter) {  // the blank lines between thinking and answer belong to neither
    held_.erase(0, std::min(held_.find_first_not_of(kSpace), held_.size()));
    if (held_.empty()) return;
    place_ = Place::kAnswer;
  }
  parts.text += std::exchange(held_, {});
}

void SplitUnopened(std::string& text, std::string& reasoning) {
  const std::size_t close = text.find(kClose);
  if (close == std::string::npos) return;
  const std::size_t after = close + kClose.size();
  const bool ends_line = after == text.size() || text[after] == '\n' || text[after] == '\r';
  if (!ends_line) return;
  reasoning += text.substr(0, close);
  const std::size_t begin = text.find_first_not_of(kSpace, after);
  text = begin == std::string::npos ? "" : text.substr(begin);
}

}  // namespace lm_studio
