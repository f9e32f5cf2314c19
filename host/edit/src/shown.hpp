// Fences that show lines of a file and are taken for no edit. They may show what the edits of the answer do;
// what none of them does is a problem, for it would be lost.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "edited.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

class Shown {
 public:
  // The lines outlive it.
  explicit Shown(const std::vector<std::string_view>& lines) : lines_(lines) {}

  // The fence that begins in line `fence` shows lines [begin, end) of the file, as it is told.
  void Add(std::string path, std::size_t fence, std::size_t begin, std::size_t end) {
    fences_.push_back({std::move(path), fence, begin, end});
  }
  // The same, by words that only name the file: its text as it is may be meant.
  void AddNamed(std::string path, std::size_t fence, std::size_t begin, std::size_t end) {
    named_.push_back({std::move(path), fence, begin, end});
  }
  // REQUIRES: all edits of the answer were read.
  void Check(Answer& answer) const;

 private:
  struct Lines {
    std::string path;
    std::size_t fence, begin, end;
  };

  void CheckNamed(Answer& answer) const;

  const std::vector<std::string_view>& lines_;
  std::vector<Lines> fences_, named_;
};

}  // namespace mamc::edit
