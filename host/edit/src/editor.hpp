// One file's text while an answer is tried on it. Hunks are located in the text as it is in the tree, until
// one is not there or lies where another already changed something: it and those behind it are sought in the
// text so far.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "locate.hpp"
#include "mamc/edit/apply.hpp"

namespace mamc::edit {

// Where the numbers of a hunk put each run of its new lines; none: they do not say.
using Stated = std::vector<std::size_t>;

// A hunk's new lines: on which sides of them it shows lines of the file, and where it says that they belong.
struct Insertion {
  bool before = false, behind = false;
  Stated stated{};
};

class Editor {
 public:
  // `bytes` outlives it.
  Editor(std::string_view bytes, AlignWork& work)
      : original_(bytes), text_(std::make_unique<FileText>(bytes)), work_(work) {}

  // Adds to `fitted` or `refused`, one entry per hunk.
  void Try(const Edit& edit, std::vector<Fitted>& fitted, std::vector<Refused>& refused);
  // The text with everything that fitted.
  std::string Bytes() const;
  // The same, as a delta to the original.
  Delta Changes() const;

 private:
  // The byte order mark is no part of the edit, or is one of the text.
  void TryBare(const Edit& edit, std::vector<Fitted>& fitted, std::vector<Refused>& refused);
  // False: to read the whole text again is more than the answer has left.
  bool MayReread() { return work_.Spend(text_->lines().size() * 4); }
  void Reopen(bool mark_is_text);
  void TryHunk(const std::string& path, const Hunk& hunk, std::vector<Fitted>& fitted,
               std::vector<Refused>& refused);
  // The hunk sought again in the text with everything that fitted; `before` is how it was found or refused.
  Placement InTextSoFar(const Hunk& hunk, Placement before);
  // Why the hunk is refused, with the lines and numbers of the file as it is in the tree.
  std::string InWordsOfTree(const Hunk& hunk, std::string refusal);
  // The hunk with a + before its blank lines that lost it, when only so it lies in the file line by line.
  std::optional<Hunk> WithBlanksAdded(const Hunk& hunk);
  // REQUIRES: the hunk only inserts. Whether its result is there since an edit of this answer: then it is
  // said again, with more around it.
  enum class Said { kNot, kBefore, kUnclear };
  Said SaidOf(const Hunk& hunk);
  // Takes out of the placement what another edit inserts there as well. The refusal when that inserts
  // something else, or somewhere else by its numbers.
  std::string DropSaidBefore(const Hunk& hunk, Placement& placement) const;
  bool Overlaps(const Placement& placement) const;
  void Add(Placement placement, const Hunk& hunk);
  void Flush();

  std::string_view original_;
  bool moved_on_ = false;  // the text is no longer the original's
  std::unique_ptr<FileText> text_;
  std::unique_ptr<FileText> tree_;  // the original's text, once it was asked for
  AlignWork& work_;
  Splices pending_;                            // two that touch both remove lines
  std::map<std::size_t, Insertion> inserted_;  // those of `pending_` that only insert
  std::map<std::string, Stated> made_;         // of hunks that only insert, by what; 0: it was not said where
  LastNewline last_newline_ = LastNewline::kAsBefore;
};

}  // namespace mamc::edit
