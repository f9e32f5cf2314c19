#include "thinking.hpp"

#include <algorithm>

#include "words.hpp"

namespace mamc::edit {
namespace {

struct Pair {
  std::string_view open, close;
};
constexpr Pair kPairs[] = {{"<think>", "</think>"},
                           {"<thinking>", "</thinking>"},
                           {"<thought>", "</thought>"},
                           {"<reasoning>", "</reasoning>"},
                           {"<seed:think>", "</seed:think>"},
                           {"[THINK]", "[/THINK]"},
                           {"<|begin_of_thought|>", "<|end_of_thought|>"}};
constexpr std::string_view kFinal = "<|channel|>final<|message|>";

std::size_t FindUnquoted(std::string_view line, std::string_view tag, std::size_t from) {
  for (std::size_t at = line.find(tag, from); at != std::string_view::npos; at = line.find(tag, at + 1))
    if (at == 0 || std::string_view("`\"'").find(line[at - 1]) == std::string_view::npos) return at;
  return std::string_view::npos;
}

Thought ByPair(const std::vector<std::string_view>& lines, std::size_t at, const Pair& pair) {
  std::size_t depth = 0;
  for (std::size_t i = at; i < lines.size(); ++i) {
    std::size_t open = FindUnquoted(lines[i], pair.open, 0), close = FindUnquoted(lines[i], pair.close, 0);
    while (open != close) {  // both are npos: there is no more
      if (open < close) {
        ++depth;
        open = FindUnquoted(lines[i], pair.open, open + pair.open.size());
      } else {
        const std::size_t end = close + pair.close.size();
        if (--depth == 0) return {true, i, end};
        close = FindUnquoted(lines[i], pair.close, end);
      }
    }
  }
  return {true, lines.size(), 0};
}

Thought ByChannel(const std::vector<std::string_view>& lines, std::size_t at) {
  for (std::size_t i = at; i < lines.size(); ++i)
    if (const std::size_t end = lines[i].find(kFinal); end != std::string_view::npos)
      return {true, i, end + kFinal.size()};
  return {true, lines.size(), 0};
}

bool BeginsChannel(std::string_view text) {
  return StartsWith(text, "<|channel|>") || StartsWith(text, "<|start|>assistant<|channel|>");
}

}  // namespace

Thought ThoughtAt(const std::vector<std::string_view>& lines, std::size_t at) {
  const std::string_view text = Trim(lines[at]);
  for (const Pair& pair : kPairs)
    if (StartsWith(text, pair.open)) return ByPair(lines, at, pair);
  return BeginsChannel(text) ? ByChannel(lines, at) : Thought();
}

bool OpensThought(std::string_view line) {
  const std::string_view text = Trim(line);
  return BeginsChannel(text) || std::any_of(std::begin(kPairs), std::end(kPairs),
                                            [&](const Pair& pair) { return StartsWith(text, pair.open); });
}

// Many may stand in one line: what is behind one at the begin is looked at only when that was taken off.
std::size_t StrayThoughtEnd(std::string_view line) {
  const std::string_view from_first = line.substr(IndentOf(line).size()), to_last = TrimEnd(line);
  for (const Pair& pair : kPairs)
    if (StartsWith(from_first, pair.close)) return IndentOf(line).size() + pair.close.size();
  for (const Pair& pair : kPairs) {
    if (!EndsWith(to_last, pair.close)) continue;
    const std::size_t close = to_last.size() - pair.close.size();
    const bool first = FindUnquoted(line, pair.close, 0) == close;
    if (first && line.substr(0, close).find(pair.open) == std::string_view::npos) return to_last.size();
  }
  return std::string_view::npos;
}

}  // namespace mamc::edit
