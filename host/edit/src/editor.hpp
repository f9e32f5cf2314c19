// One file's text while an answer is tried on it. Hunks are located in the text as it is in the tree; only
// one that is not there, or lies where another already changed something, is sought in the text so far.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "locate.hpp"
#include "mamc/edit/apply.hpp"

namespace mamc::edit {

class Editor {
 public:
  // `bytes` outlives it.
  Editor(std::string_view bytes, AlignWork& work) : text_(std::make_unique<FileText>(bytes)), work_(work) {}

  // Adds to `fitted` or `refused`, one entry per hunk.
  void Try(const Edit& edit, std::vector<Fitted>& fitted, std::vector<Refused>& refused);
  // The text with everything that fitted.
  std::string Bytes();

 private:
  void TryHunk(const std::string& path, const Hunk& hunk, std::vector<Fitted>& fitted,
               std::vector<Refused>& refused);
  bool Overlaps(const Placement& placement) const;
  void Add(Placement placement);
  void Flush();

  std::unique_ptr<FileText> text_;
  AlignWork& work_;
  Splices pending_;  // they do not touch each other
  LastNewline last_newline_ = LastNewline::kAsBefore;
};

}  // namespace mamc::edit
