// A model's reasoning, which is no part of its answer: it begins the answer, or stands between parts of it.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace mamc::edit {

constexpr std::string_view kUnclearThought =
    "what is reasoning and what is answer is not clear here: put all reasoning before the first edit, "
    "between "
    "<think> and </think>";

struct Thought {
  bool opens = false;
  std::size_t line = 0, column = 0;  // behind its end; line == the number of lines: it does not end
};
// The reasoning that opens at the beginning of line `at`: <think> and its kin, or a channel that is not the
// final one. Pairs within it are counted; a tag in quotes is spoken of.
Thought ThoughtAt(const std::vector<std::string_view>& lines, std::size_t at);

// One that opens in the middle of line `at`, behind other words.
Thought ThoughtWithin(const std::vector<std::string_view>& lines, std::size_t at);
// One between the lines `Thinking...` and `...done thinking.`, as `ollama run` writes them, or one that
// begins the answer with `analysis` and ends at `assistantfinal`.
Thought ThoughtInWords(const std::vector<std::string_view>& lines, std::size_t at);
// The line behind the last that ends one so; 0: there is none.
std::size_t BehindEndsInWords(const std::vector<std::string_view>& lines);

// The same without looking for its end.
bool OpensThought(std::string_view line);

// Behind the tag that closes reasoning which nothing in this line opens, at the line's begin or end or behind
// the end of a sentence; npos: there is none. Within a sentence a tag is spoken of.
std::size_t StrayThoughtEnd(std::string_view line);
// The first line of [begin, end) that ends with one, before any that opens reasoning; `end`: there is none.
std::size_t StrayThoughtEndWithin(const std::vector<std::string_view>& lines, std::size_t begin,
                                  std::size_t end);

}  // namespace mamc::edit
