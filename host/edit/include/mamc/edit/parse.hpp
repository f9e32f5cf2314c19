// Edits out of a model's answer: SEARCH/REPLACE blocks, whole files, deletions.
//
//   src/a.c                                     FILE: docs/b.md          DELETE: old.txt
//   ```c                                        ````markdown
//   <<<<<<< SEARCH                              the whole file, with ``` in it
//   int x;                                      ````
//   =======
//   long x;
//   >>>>>>> REPLACE
//   ```
//
// The path of blocks stands on the line before them or as the first line within the fence; blocks without one
// belong to the file of the block before. A whole file follows `FILE: path`, `### path`, or has `path=...`
// behind its fence. An empty SEARCH makes a new file. What stands in <think> is not looked at. Other fences
// are examples and are passed over.
//
// Thread rule: pure functions. Ownership: the answer is copied.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mamc::edit {

enum class EditKind { kBlock, kWhole, kDelete };

struct Edit {
  EditKind kind = EditKind::kBlock;
  std::string path;
  std::string search;    // kBlock; lines end with \n
  std::string content;   // kBlock: what replaces it; kWhole: the file
  std::size_t line = 0;  // of the answer, where it begins
};

struct ParseProblem {
  std::size_t line = 0;
  std::string text;
};

struct Answer {
  std::vector<Edit> edits;
  std::vector<ParseProblem> problems;  // any of them means: apply nothing
};

Answer ParseAnswer(std::string_view text);

}  // namespace mamc::edit
