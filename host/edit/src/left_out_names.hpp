// Code that is left out and named where it was: `// start() unchanged`, `def load(path): ...`. What is named
// tells a comment of that kind from one of the program.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace mamc::edit {

// Whether the line may say so whatever the names are: the dear look at them is for these alone.
bool MayNameLeftOut(std::string_view line);
// A comment behind the head of a part, `def load(path):  # unchanged`; empty: there is none.
std::string_view RemarkOnHead(std::string_view line);
// Whether nothing stands within the part whose head is line `at`.
bool IsEmptyPart(const std::vector<std::string_view>& lines, std::size_t at);

// `def load(path): ...`
bool IsDotsBehindHead(std::string_view line);

// The old lines and those that are to be, which outlive it. What is looked for among all of them is kept.
class LeftOutByName {
 public:
  using Lines = std::vector<std::string_view>;
  LeftOutByName(const Lines& old, const Lines& now) : old_(old), now_(now) {}

  // Whether line `at` says that something of the old lines stays, and names it.
  bool Says(std::size_t at);
  // Whether the dots in line `at` stand where a function or class of Python had a body that is gone: as a
  // statement they are not left-out code.
  bool DotsTakeBody(std::size_t at);

 private:
  using Names = std::unordered_set<std::string>;
  using Bodies = std::unordered_map<std::string_view, std::size_t>;  // how many parts of the name have one
  const Names& There();
  const Names& DeclaredNoMore();

  const Lines& old_;
  const Lines& now_;
  std::optional<Names> there_, declared_no_more_;
  std::optional<Bodies> old_bodies_, bodies_;
};

}  // namespace mamc::edit
