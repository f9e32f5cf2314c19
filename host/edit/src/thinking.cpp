#include "thinking.hpp"

#include <algorithm>
#include <cctype>

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
                           {"<analysis>", "</analysis>"},
                           {"<scratchpad>", "</scratchpad>"},
                           {"<reflection>", "</reflection>"},
                           {"<|START_THINKING|>", "<|END_THINKING|>"},
                           {"\xE2\x97\x81think\xE2\x96\xB7", "\xE2\x97\x81/think\xE2\x96\xB7"},
                           {"<|begin_of_thought|>", "<|end_of_thought|>"}};
constexpr std::string_view kFinal = "<|channel|>final<|message|>";

// What `ollama run` writes around a thought.
constexpr std::string_view kOpenWords = "Thinking...", kCloseWords = "...done thinking.";

// What is left of the channels of gpt-oss where a server drops their signs.
constexpr std::string_view kThoughtWord = "analysis", kFinalWord = "assistantfinal";

// Tags in any case.
bool HasTag(std::string_view line, std::size_t at, std::string_view tag) {
  return line.size() - at >= tag.size() &&
         std::equal(tag.begin(), tag.end(), line.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, char b) {
                      return std::tolower(static_cast<unsigned char>(a)) ==
                             std::tolower(static_cast<unsigned char>(b));
                    });
}
bool BeginsWithTag(std::string_view line, std::string_view tag) {
  return HasTag(line, 0, tag);
}

std::size_t FindUnquoted(std::string_view line, std::string_view tag, std::size_t from) {
  for (std::size_t at = line.find(tag[0], from); at != std::string_view::npos;
       at = line.find(tag[0], at + 1)) {
    const bool quoted = at > 0 && std::string_view("`\"'").find(line[at - 1]) != std::string_view::npos;
    if (!quoted && HasTag(line, at, tag)) return at;
  }
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

Thought BehindWord(const std::vector<std::string_view>& lines, std::size_t at, std::string_view word) {
  for (std::size_t i = at; i < lines.size(); ++i)
    if (const std::size_t end = lines[i].find(word); end != std::string_view::npos)
      return {true, i, end + word.size()};
  return {};
}

bool BeginsAnswer(const std::vector<std::string_view>& lines, std::size_t at) {
  while (at > 0 && Trim(lines[at - 1]).empty()) --at;
  return at == 0;
}

bool BeginsChannel(std::string_view text) {
  return StartsWith(text, "<|channel|>") || StartsWith(text, "<|start|>assistant<|channel|>");
}

}  // namespace

Thought ThoughtAt(const std::vector<std::string_view>& lines, std::size_t at) {
  const std::string_view text = Trim(lines[at]);
  for (const Pair& pair : kPairs)
    if (BeginsWithTag(text, pair.open)) return ByPair(lines, at, pair);
  if (!BeginsChannel(text)) return {};
  const Thought thought = BehindWord(lines, at, kFinal);
  return thought.opens ? thought : Thought{true, lines.size(), 0};
}

bool OpensThought(std::string_view line) {
  const std::string_view text = Trim(line);
  return BeginsChannel(text) || std::any_of(std::begin(kPairs), std::end(kPairs),
                                            [&](const Pair& pair) { return BeginsWithTag(text, pair.open); });
}

Thought ThoughtInWords(const std::vector<std::string_view>& lines, std::size_t at) {
  if (StartsWith(lines[at], kThoughtWord) && BeginsAnswer(lines, at))
    return BehindWord(lines, at, kFinalWord);
  if (Trim(lines[at]) != kOpenWords) return {};
  for (std::size_t i = at + 1; i < lines.size(); ++i)
    if (Trim(lines[i]) == kCloseWords) return {true, i, lines[i].size()};
  return {};
}

std::size_t BehindEndsInWords(const std::vector<std::string_view>& lines) {
  for (std::size_t i = lines.size(); i > 0; --i)
    if (Trim(lines[i - 1]) == kCloseWords || lines[i - 1].find(kFinalWord) != std::string_view::npos)
      return i;
  return 0;
}

Thought ThoughtWithin(const std::vector<std::string_view>& lines, std::size_t at) {
  for (const Pair& pair : kPairs) {
    const std::size_t open = FindUnquoted(lines[at], pair.open, 0);
    if (open == std::string_view::npos ||
        FindUnquoted(lines[at], pair.close, open + pair.open.size()) != std::string_view::npos)
      continue;
    return ByPair(lines, at, pair);
  }
  return {};
}

// Many may stand in one line: what is behind one at the begin is looked at only when that was taken off.
std::size_t StrayThoughtEnd(std::string_view line) {
  const std::string_view from_first = line.substr(IndentOf(line).size()), to_last = TrimEnd(line);
  if (Trim(line) == kCloseWords) return to_last.size();
  for (const Pair& pair : kPairs)
    if (BeginsWithTag(from_first, pair.close)) return IndentOf(line).size() + pair.close.size();
  for (const Pair& pair : kPairs) {
    const std::size_t close = FindUnquoted(line, pair.close, 0);
    if (close == std::string_view::npos ||
        FindUnquoted(line.substr(0, close), pair.open, 0) != std::string_view::npos)
      continue;
    const std::size_t end = close + pair.close.size();
    // In a sentence it is spoken of, unless it ends one.
    const bool ends_sentence =
        close > 0 && std::string_view(".!?:;)").find(line[close - 1]) != std::string_view::npos;
    if (end == to_last.size() || ends_sentence) return end;
  }
  return std::string_view::npos;
}

std::size_t StrayThoughtEndWithin(const std::vector<std::string_view>& lines, std::size_t begin,
                                  std::size_t end) {
  for (std::size_t i = begin; i < end && !OpensThought(lines[i]); ++i)
    if (IndentOf(lines[i]).empty() && StrayThoughtEnd(lines[i]) == TrimEnd(lines[i]).size()) return i;
  return end;
}

}  // namespace mamc::edit
