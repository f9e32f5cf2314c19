// Edits out of a model's answer: SEARCH/REPLACE blocks, unified and git diffs, whole files, deletions, JSON
// operations; in fences, bare, or mixed with prose.
//
//   src/a.c                  FILE: docs/b.md         ```diff                     {"ops": [{"action":
//   "upsert",
//   ```c                     ````markdown            --- a/src/a.c                "path": "a.c", "content":
//   "..."},
//   <<<<<<< SEARCH           the whole file,         +++ b/src/a.c                {"action": "delete",
//   int x;                   with ``` in it          @@ -1,2 +1,2 @@              "path": "b.c"}]}
//   =======                  ````                     void f() {
//   long x;                                          -int x;
//   >>>>>>> REPLACE          DELETE: old.txt         +long x;
//   ```                                              ```
//
// The path of blocks stands on the line before them or as the first line within the fence; blocks without one
// belong to the file of the block before. A whole file follows `FILE: path`, `### path`, or has `path=...`
// behind its fence. An empty SEARCH makes a new file. A diff needs neither numbers nor right ones, nor file
// headers when its path was named. What stands in <think> is not looked at. Other fences are examples and are
// passed over.
//
// Thread rule: pure functions. Ownership: the answer is copied.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mamc::edit {

enum class EditKind { kBlock, kWhole, kDelete, kDiff };

struct HunkLine {
  char sign = ' ';  // ' ' is there and stays, '-' is there and goes, '+' comes
  std::string text;
  bool unended = false;  // said to be the file's last line, without a newline
};

struct Hunk {
  std::vector<HunkLine> lines;
  std::size_t line = 0;   // of the answer
  bool block = false;     // a SEARCH/REPLACE block: its lines bear no signs, and it may end anywhere
  bool numbered = false;  // what follows was said, and may be wrong
  std::size_t old_start = 0, old_count = 0, new_start = 0, new_count = 0;
};

struct Edit {
  EditKind kind = EditKind::kBlock;
  std::string path;
  std::string search;    // kBlock; lines end with \n
  std::string content;   // kBlock: what replaces it; kWhole: the file
  std::size_t line = 0;  // of the answer, where it begins
  // kDiff:
  std::string other_path{};  // what the path may mean as well: the same without its first folder, or with it
  std::string from{};        // the file that is renamed or copied
  bool copies = false;
  bool creates = false;
  bool deletes = false;
  std::optional<bool> executable{};
  std::vector<Hunk> hunks{};
};

struct ParseProblem {
  std::size_t line = 0;
  std::string text;
};

struct Answer {
  std::vector<Edit> edits;
  std::vector<ParseProblem> problems;  // any of them means: apply nothing
};

// What the model's server said about the end of the answer.
enum class Finish { kWhole, kCut };
// "length", "max_tokens" and the like mean cut.
Finish FinishOf(std::string_view reason);

Answer ParseAnswer(std::string_view text, Finish finish = Finish::kWhole);

}  // namespace mamc::edit
