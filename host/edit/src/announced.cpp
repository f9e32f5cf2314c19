#include "announced.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "asked.hpp"
#include "deletions.hpp"
#include "edited.hpp"
#include "naming.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// A diff names its file in ways of its own.
bool IsOf(const Edit& edit, const std::string& path) {
  return MayBeSame(edit.path, path) || edit.other_path == path || edit.from == path;
}

// As models write in any language.
bool EndsInColon(std::string_view text) {
  constexpr std::string_view kFullWidthColon = "\xEF\xBC\x9A";
  while (!text.empty() && text.back() == '*') text.remove_suffix(1);
  return EndsWith(text, ":") || EndsWith(text, kFullWidthColon);
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
  if (heading || how_ == How::kInPassing || how_ == How::kListed || how_ == How::kLoose) Forget();
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

void Announced::OrderDeletion(std::string path, std::size_t line) {
  std::string problem = "'" + path + "' is to be deleted: write 'DELETE: " + path + "'";
  orders_.push_back({line, std::move(path), std::move(problem), Act::kDelete});
}

void Announced::HearCommand(Command command, std::size_t line) {
  orders_.push_back({line, std::move(command.path), std::move(command.problem), command.act});
}

void Announced::HearCommands(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                             bool shows_use) {
  for (std::size_t i = begin; i < end; ++i)
    for (Command& command : CommandsIn(lines[i]))
      if (command.act != Act::kMake || !shows_use) HearCommand(std::move(command), i);
}

void Announced::HearOrder(std::string_view text, std::size_t line) {
  if (text.empty()) return;
  for (std::string& path : SpokenDeletions(text)) OrderDeletion(std::move(path), line);
  if (const std::string path = Spoken(); !path.empty() && DeletesThis(text)) OrderDeletion(path, line);
  if (std::string from = SpokenRename(text); !from.empty()) {
    std::string problem = "'" + from + "' is to get another name: " + std::string(kHowToRename);
    orders_.push_back({line, std::move(from), std::move(problem), Act::kRename});
  }
  if (std::string changed = OrderedChange(text, Spoken()); !changed.empty()) {
    std::string problem =
        "'" + changed + "' is to be changed, and only words say so: send a SEARCH/REPLACE block";
    orders_.push_back({line, std::move(changed), std::move(problem), Act::kChange});
  }
  for (Command& command : CommandsAsked(text)) HearCommand(std::move(command), line);
  HearEmpty(text, line);
  const Naming naming = NamingOf(text);
  const bool item = deleting_ && naming.listed && naming.form == Naming::Form::kTight;
  if (item)
    OrderDeletion(naming.paths[0], line);
  else
    deleting_ = BeginsDeletions(text);
}

void Announced::HearEmpty(std::string_view text, std::size_t line) {
  std::string path = EmptyFile(text);
  if (path.empty() && SaysEmpty(text)) path = Spoken();
  if (!path.empty()) empty_.emplace_back(line, std::move(path));
}

void Announced::MakeEmptyFiles() {
  for (auto& [line, path] : empty_) {
    if (!IsNew(path)) continue;
    Edit edit{EditKind::kWhole, std::move(path), "", "", line + 1};
    edit.by_heading = edit.said_new = true;
    answer_.edits.push_back(std::move(edit));
  }
}

bool Announced::Fill(const Order& order, const std::vector<std::size_t>& edits) {
  bool filled = false;
  for (std::size_t i : edits) {
    Edit& edit = answer_.edits[i];
    const bool goes = edit.kind == EditKind::kDelete || edit.deletes;
    const bool moves = !edit.from.empty() && !edit.copies && MayBeSame(edit.from, order.path);
    if (order.act == Act::kMakeExecutable && !goes) edit.executable = true;
    const bool elsewhere =
        order.act == Act::kRename || (order.act == Act::kDelete && edit.path != order.path);
    filled |= !elsewhere || goes || moves;
  }
  return filled;
}

void Announced::CheckEnd(std::size_t last) {
  CheckFileLines();
  MakeEmptyFiles();
  const Edited edited(answer_);
  std::set<std::pair<std::string, Act>> told;  // once
  for (Order& order : orders_)
    if (told.emplace(order.path, order.act).second && !Fill(order, edited.Of(order.path)))
      answer_.problems.push_back({order.line + 1, std::move(order.problem)});
  const bool named = how_ == How::kNamed || how_ == How::kInPassing;
  const bool goes = !orders_.empty() && orders_.back().line == line_ && orders_.back().path == path_;
  if (named && !goes && line_ == last && !Open().empty())
    answer_.problems.push_back(
        {line_ + 1, "'" + path_ + "' is named here and nothing follows: the answer was cut"});
  else if (EndsInColon(last_words_))
    answer_.problems.push_back({last + 1, "what this line announces does not follow: the answer was cut"});
}

}  // namespace mamc::edit
