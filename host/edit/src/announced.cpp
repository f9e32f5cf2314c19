#include "announced.hpp"

#include <unordered_set>
#include <utility>

#include "deletions.hpp"
#include "naming.hpp"

namespace mamc::edit {
namespace {

// A diff names its file in ways of its own.
bool IsOf(const Edit& edit, const std::string& path) {
  return MayBeSame(edit.path, path) || edit.other_path == path || edit.from == path;
}

}  // namespace

void Announced::Name(const std::string& path, std::size_t line, How how) {
  if (how == How::kFileLine && IsNew(path))
    file_lines_.push_back({line, path, answer_.edits.size(), answer_.problems.size()});
  path_ = path;
  line_ = line;
  how_ = how;
  loose_ = how == How::kLoose;
  found_before_ = Found();
  spoken_ = path;
}

void Announced::Words(bool heading) {
  if (heading || how_ == How::kInPassing || how_ == How::kLoose) Forget();
  loose_ = false;
}

std::string Announced::Open() const {
  return found_before_ == Found() && IsNew(path_) ? path_ : std::string();
}

std::size_t Announced::CountOf(const std::string& path) const {
  for (; counted_ < answer_.edits.size(); ++counted_) ++counts_[answer_.edits[counted_].path];
  const auto found = counts_.find(path);
  return found == counts_.end() ? 0 : found->second;
}

bool Announced::IsNew(const std::string& path) const {
  return !path.empty() && CountOf(path) == 0;
}

// The next edit is of that file, or something was told of on the way to it.
void Announced::CheckFileLines() {
  const std::size_t told = answer_.problems.size();
  for (std::size_t i = 0; i < file_lines_.size(); ++i) {
    const FileLine& file = file_lines_[i];
    const std::size_t next = i + 1 < file_lines_.size() ? file_lines_[i + 1].problems : told;
    const bool follows = file.edits < answer_.edits.size() && IsOf(answer_.edits[file.edits], file.path);
    if (follows || next > file.problems) continue;
    answer_.problems.push_back(
        {file.line + 1, "'" + file.path +
                            "' is announced here and no file follows: put the whole file in "
                            "a fence on the line below FILE:"});
  }
}

void Announced::HearOrder(std::string_view text, std::size_t line) {
  if (text.empty()) return;
  for (std::string& path : SpokenDeletions(text)) deletions_.emplace_back(line, std::move(path));
  if (const std::string path = Spoken(); !path.empty() && DeletesThis(text))
    deletions_.emplace_back(line, path);
  if (std::string from = SpokenRename(text); !from.empty()) renames_.emplace_back(line, std::move(from));
  const Naming naming = NamingOf(text);
  const bool item = deleting_ && naming.listed && naming.form == Naming::Form::kTight;
  if (item)
    deletions_.emplace_back(line, naming.paths[0]);
  else
    deleting_ = BeginsDeletions(text);
}

void Announced::CheckEnd(std::size_t last) {
  CheckFileLines();
  for (const auto& [line, path] : deletions_)
    if (IsNew(path))
      answer_.problems.push_back({line + 1, "'" + path + "' is to be deleted: write 'DELETE: " + path + "'"});
  const bool named = how_ == How::kNamed || how_ == How::kInPassing;
  const bool goes = !deletions_.empty() && deletions_.back() == std::pair(line_, path_);
  if (named && !goes && line_ == last && !Open().empty())
    answer_.problems.push_back(
        {line_ + 1, "'" + path_ + "' is named here and nothing follows: the answer was cut"});
  std::unordered_set<std::string_view> moved;
  for (const Edit& edit : answer_.edits) moved.insert(edit.from.empty() ? edit.path : edit.from);
  for (const auto& [line, path] : renames_)
    if (moved.count(path) == 0)
      answer_.problems.push_back(
          {line + 1, "'" + path + "' is to get another name: " + std::string(kHowToRename)});
}

}  // namespace mamc::edit
