// What a fence holds: where a file in it ends when that may hold fences itself, and its lines without the
// indentation of the fence.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "mamc/edit/parse.hpp"
#include "markers.hpp"

namespace mamc::edit {

struct FileEnd {
  std::size_t at = 0;  // the line that closes it; the number of lines: none does
  bool clear = true;   // no other line may be meant
};

// The ends of the files of one answer, asked for from its begin to its end. What was seen behind one file is
// kept for the next, or many of them would take their square.
class FileEnds {
 public:
  // The lines outlive it.
  explicit FileEnds(const std::vector<std::string_view>& lines) : lines_(lines) {}
  // The end of the file whose first line is `at`, with other files and examples behind it.
  FileEnd EndOf(const Fence& fence, std::size_t at);

 private:
  // The fences of one kind without a word, but for those that close one with a word.
  struct Bares {
    std::vector<std::size_t> at;
    std::size_t end = 0;               // the line up to which they were looked at
    std::size_t count = 0, pairs = 0;  // how many stand before it; from `pairs` on all of these are pairs
  };
  // `first` is the first fence that may end the file, `end` where the next edit is announced.
  const Bares& BaresBetween(std::size_t first, std::size_t end, const Fence& fence);
  std::size_t NextEdit(std::size_t at);
  bool IsPair(std::size_t open, std::size_t close) const;

  const std::vector<std::string_view>& lines_;
  std::optional<std::size_t> next_edit_;
  std::vector<std::pair<std::size_t, Fence>> fences_;  // of all lines, once they were looked for
  bool looked_ = false;
  std::map<std::tuple<char, std::size_t, std::size_t>, Bares> bares_;  // by sign, length and indentation
};

// The lines [begin, end), each with \n. In a list a fence stands indented, and its lines with it.
std::string TextOf(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                   std::string_view indent);

// A fence in an item of a list is indented, and a diff in it with it: brings its lines, from `at` on, to the
// left edge, unless one is not indented so far.
void Outdent(std::vector<std::string_view>& lines, const Fence& fence, std::size_t at);

// Several files in the fence of one, lines [begin, end), would become that one: it is a problem.
void CheckOneFile(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                  const std::string& path, Answer& answer);

}  // namespace mamc::edit
