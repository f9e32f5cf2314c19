// Edits out of a model's answer: SEARCH/REPLACE blocks, unified and git diffs, patches for apply_patch, whole
// files, deletions, JSON operations; in fences, bare, or mixed with prose.
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
// The path of blocks stands on their first marker, on the line before them or as the first line within the
// fence, bare or with what models put around it ("2. `a.c` (new):"); blocks without one belong to the file of
// the edit before, unless the words between speak of another, which is a problem. A whole file follows `FILE:
// path`, `### path`, or has `path=...` behind its fence; below "Here's the updated `a.c`:" what keeps nearly
// all of the file is one as well. An empty SEARCH makes a new file. A diff needs neither numbers nor right
// ones, nor file headers when its path was named. Reasoning is not looked at. Other fences are examples and
// are passed over, but what looks like an edit and is not read is a problem.
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
  bool bare = false;     // stood there without a sign
};

struct Hunk {
  std::vector<HunkLine> lines;
  std::size_t line = 0;   // of the answer
  bool block = false;     // a SEARCH/REPLACE block: its lines bear no signs, and it may end anywhere
  bool numbered = false;  // what follows was said, and may be wrong
  std::size_t old_start = 0, old_count = 0, new_start = 0, new_count = 0;
  std::string heading{};  // what stands behind the numbers: the head of the part, by git's rules
  // Lines that stand above the place, each within what the one before begins.
  std::vector<std::string> anchors{};
};

struct Edit {
  EditKind kind = EditKind::kBlock;
  std::string path;
  std::string search;    // kBlock; lines end with \n
  std::string content;   // kBlock: what replaces it; kWhole: the file
  std::size_t line = 0;  // of the answer, where it begins
  // kWhole: named by a heading or a comment that may be mere prose. It makes no file but one whose path can
  // be nothing else, and replaces one only when it is like it.
  bool by_heading = false;
  // kWhole: and it is named in a sentence. It makes no file, and replaces one only when it keeps nearly all
  // of it.
  bool by_words = false;
  bool said_new = false;      // kWhole: and the words say that there is no such file yet
  bool said_whole = false;    // kWhole: the answer speaks of whole files
  bool said_removed = false;  // kWhole: and that something goes
  bool said_part = false;     // kWhole: the answer says that it is a part of the file
  bool said_all = false;      // kWhole: it says that the file is made anew
  bool said_imports = false;  // kWhole: and that this is imports alone
  std::string fence{};        // kWhole: the word behind the fence
  std::string head{};         // kWhole: a comment that names the file and stood before the content
  // What the path may mean as well when there is no such file: the same without its first folder or with it,
  // or a longer one that was named before.
  std::string other_path{};
  // The file that the edits before were of, when only words say that this one is of another: what fits both
  // is of neither.
  std::string rival{};
  // kDiff:
  std::string from{};   // the file that is renamed or copied
  bool headed = false;  // the diff itself names the file
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

// Lines of a file that no edit is of, in a fence below words that name it: of the file as it is, or lost.
struct Quote {
  std::size_t line = 0;
  std::string path, text;
};

struct Answer {
  std::vector<Edit> edits;
  std::vector<ParseProblem> problems;  // any of them means: apply nothing
  std::vector<Quote> quotes{};         // one that the file does not have means the same
};

// What the model's server said about the end of the answer.
enum class Finish { kWhole, kCut };
// "length", "max_tokens" and the like mean cut.
Finish FinishOf(std::string_view reason);

Answer ParseAnswer(std::string_view text, Finish finish = Finish::kWhole);

}  // namespace mamc::edit
