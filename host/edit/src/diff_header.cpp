// Implementation: git's line, the lines --- and +++ and those between are trusted as far as they agree. What
// they promise and does not follow was cut off.
#include "diff_header.hpp"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "diff_names.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// The same file in two folders.
bool DifferInFolder(const std::string& a, const std::string& b) {
  const std::string inner = WithoutFirst(a);
  return a != b && inner != a && WithoutFirst(b) != b && inner == WithoutFirst(b);
}

std::string FirstOf(const std::string& name) {
  return name.substr(0, name.find('/'));
}

// git's name of an empty file, or of none, with as many digits as were written.
bool IsEmptyObject(std::string_view object) {
  constexpr std::string_view kEmpty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
  constexpr std::string_view kEmptySha256 =
      "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813";
  return !object.empty() && (object.find_first_not_of('0') == std::string_view::npos ||
                             StartsWith(kEmpty, object) || StartsWith(kEmptySha256, object));
}

bool AllHunks(const Edit& edit, std::size_t Hunk::*count) {
  return !edit.hunks.empty() && std::all_of(edit.hunks.begin(), edit.hunks.end(), [&](const Hunk& hunk) {
    return hunk.numbered && hunk.*count == 0;
  });
}

// "1,2" or "1"; false when it is no number.
bool ReadRange(std::string_view& text, char sign, std::size_t& start, std::size_t& count) {
  auto number = [&](std::size_t& value) {
    std::size_t digits = 0;
    for (value = 0;
         digits < text.size() && digits < 9 && std::isdigit(static_cast<unsigned char>(text[digits]));
         ++digits)
      value = value * 10 + static_cast<std::size_t>(text[digits] - '0');
    text.remove_prefix(digits);
    return digits > 0;
  };
  text = Trim(text);
  if (text.empty() || text[0] != sign) return false;
  text.remove_prefix(1);
  if (!number(start)) return false;
  count = 1;
  if (text.empty() || text[0] != ',') return true;
  text.remove_prefix(1);
  return number(count);
}

}  // namespace

void ReadNumbers(std::string_view line, Hunk& hunk) {
  std::string_view text = line.substr(2);
  hunk.numbered = ReadRange(text, '-', hunk.old_start, hunk.old_count) &&
                  ReadRange(text, '+', hunk.new_start, hunk.new_count);
  text = Trim(text);
  if (hunk.numbered) text = StartsWith(text, "@@") ? Trim(text.substr(2)) : std::string_view();
  if (!hunk.numbered && EndsWith(text, "@@")) text = Trim(text.substr(0, text.size() - 2));
  hunk.heading = text;
}

void DiffHeader::ReadGit(std::string_view line) {
  git_ = Trim(line.substr(std::string_view("diff --git ").size()));
  std::tie(old_, new_) = git_names_ = GitNames(git_);
}

void DiffHeader::ReadCommand(std::string_view line) {
  if (!StartsWith(line, "diff -") || StartsWith(line, "diff --git ")) return;
  line = TrimEnd(line);
  const std::size_t last = line.rfind(' '), before = line.rfind(' ', last - 1);
  command_ = {Unquote(line.substr(before + 1, last - before - 1)), Unquote(line.substr(last + 1))};
}

void DiffHeader::ReadOld(std::string_view line) {
  named_ = said_old_ = true;
  old_ = HeaderName(line.substr(4));
  never_old_ = IsTimeOfNone(line);
}

void DiffHeader::ReadNew(std::string_view line) {
  named_ = said_new_ = true;
  new_ = HeaderName(line.substr(4));
  never_new_ = IsTimeOfNone(line);
}

void DiffHeader::EndNames() {
  if (!said_new_) new_ = old_;
  half_ = old_.empty() || !said_new_;
  if (old_.empty()) old_ = new_;
}

bool DiffHeader::ReadExtended(std::string_view line, Edit& edit, std::string& problem) {
  const std::string_view text = TrimEnd(line);
  std::string_view value;
  auto is = [&](std::string_view key) {
    if (!StartsWith(text, key)) return false;
    value = Trim(text.substr(key.size()));
    return true;
  };
  if (is("rename from ")) {
    from_ = Unquote(value);
  } else if (is("rename to ")) {
    to_ = Unquote(value);
  } else if (is("copy from ")) {
    from_ = Unquote(value), edit.copies = true;
  } else if (is("copy to ")) {
    to_ = Unquote(value), edit.copies = true;
  } else if (is("new file mode ")) {
    edit.creates = true;
    return ReadMode(value, edit, problem);
  } else if (is("deleted file mode ")) {
    edit.deletes = true;
  } else if (is("new mode ")) {
    return ReadMode(value, edit, problem);
  } else if (StartsWith(text, "Binary files ") || StartsWith(text, "GIT binary patch")) {
    problem = "a binary diff cannot be applied: leave the file out";
  } else if (is("similarity index ")) {
    unlike_ = value != "100%";
  } else if (is("index ")) {
    indexed_ = true;
    value = value.substr(0, value.find(' '));
    const std::size_t dots = value.find("..");
    index_old_ = value.substr(0, dots);
    index_new_ = dots == std::string_view::npos ? "" : value.substr(dots + 2);
  } else if (!is("old mode ") && !is("dissimilarity index ")) {
    return false;
  }
  return true;
}

bool DiffHeader::ReadMode(std::string_view mode, Edit& edit, std::string& problem) {
  constexpr std::size_t kDigits = 6;
  if (mode == "120000" || mode == "160000")
    problem = "links and submodules are not made here: only regular files are";
  else if (mode.size() != kDigits || mode.find_first_not_of("01234567") != std::string_view::npos)
    problem = "'" + std::string(mode.substr(0, 2 * kDigits)) +
              "' is no mode of a file: write 100644 or 100755, and the whole diff if the answer was cut";
  else
    edit.executable = (mode[3] - '0') % 2 == 1;
  return true;
}

std::string DiffHeader::Complete(Edit& edit, bool last) {
  FindPrefixes();
  ReadTimes(edit);
  edit.creates |= IsNull(old_);
  edit.deletes |= IsNull(new_);
  if (NamesAreCut())
    return "the names in the diff that begins here are not those of its line 'diff --git': the answer was "
           "cut, or they are to be made the same";
  const bool renames = !to_.empty() && !from_.empty();
  if (renames) {
    // git writes these without prefixes; with those of the header they were copied from it.
    if (from_ == old_ && to_ == new_ && StartsWith(from_, "a/") && StartsWith(to_, "b/"))
      from_ = WithoutFirst(from_), to_ = WithoutFirst(to_);
    edit.path = to_;
    edit.from = from_;
  } else {
    old_ = WithoutDots(old_), new_ = WithoutDots(new_);
    const std::string& name = edit.deletes ? old_ : new_;
    if (name.empty() || IsNull(name) || EndsWith(name, "/"))
      return "the diff that begins here names no file: put --- a/path and +++ b/path before it";
    const bool both = !IsNull(old_) && !IsNull(new_);
    if (both && old_ != new_ && WithoutFirst(old_) != WithoutFirst(new_) && !SameButEnding())
      return "the diff that begins here names two files, '" + old_ + "' and '" + new_ +
             "': to rename one, write 'rename from' and 'rename to'";
    NameAsGit(edit, name, both);
  }
  const bool useful =
      renames || !edit.hunks.empty() || edit.creates || edit.deletes || edit.executable.has_value();
  if (!useful) return "the diff of '" + edit.path + "' changes nothing";
  if (LacksHunks(edit, last))
    return "the diff of '" + edit.path +
           "' says that its content changes, and no hunk follows: the answer was cut, or the hunks are to be "
           "sent";
  return {};
}

// Names that differ in their first folder alone name one file; they are looked at before /dev/null takes the
// place of one.
void DiffHeader::FindPrefixes() {
  for (const auto& [old, now] : {std::make_pair(old_, new_), git_names_, command_})
    if (DifferInFolder(old, now)) {
      prefixes_ = {FirstOf(old), FirstOf(now)};
      return;
    }
}

// diff -N gives a file that is not there the time 0, and no lines.
void DiffHeader::ReadTimes(Edit& edit) {
  constexpr const char* kNone = "/dev/null";
  if (never_old_ && AllHunks(edit, &Hunk::old_count)) old_ = kNone;
  if (never_new_ && AllHunks(edit, &Hunk::new_count)) new_ = kNone;
}

// git writes the hunks of whatever changes, and --- and +++ only above hunks. A file that goes needs none.
bool DiffHeader::LacksHunks(const Edit& edit, bool last) const {
  if (!edit.hunks.empty() || edit.deletes) return false;
  if (unlike_) return true;
  if (indexed_ && edit.creates) return !IsEmptyObject(index_new_);
  if (indexed_ && index_old_ != index_new_) return true;
  return named_ && last;
}

// Against git's line: what is the beginning of its name was cut, and +++ names the same file.
bool DiffHeader::NamesAreCut() const {
  if (git_.empty()) return false;
  const std::string& git = git_names_.second;
  auto is_cut = [&](const std::string& name) {
    auto begins = [&](const std::string& whole) { return whole != name && StartsWith(whole, name); };
    return !name.empty() && (begins(git) || begins(WithoutFirst(git))) && name != WithoutFirst(git);
  };
  if (is_cut(to_)) return true;
  if (!said_new_ || IsNull(new_) || git.empty()) return false;
  if (is_cut(new_)) return true;
  // A name with spaces cannot be told from two names: then the line only has to end with it.
  const bool same = new_ == git || WithoutFirst(new_) == WithoutFirst(git) || new_ == WithoutFirst(git) ||
                    WithoutFirst(new_) == git;
  return !same && git_.find('"') == std::string_view::npos && !EndsWith(git_, WithoutFirst(new_));
}

// file.c.orig and file.c
bool DiffHeader::SameButEnding() const {
  return StartsWith(old_, new_) && old_.size() > new_.size() && old_[new_.size()] == '.';
}

void DiffHeader::NameAsGit(Edit& edit, const std::string& name, bool both) {
  const std::string& prefix = edit.deletes ? prefixes_.first : prefixes_.second;
  const bool shown = !prefix.empty() && FirstOf(name) == prefix;
  const bool prefixed = shown   ? true
                        : half_ ? StartsWith(name, "a/") || StartsWith(name, "b/")
                        : both  ? StartsWith(old_, "a/") && StartsWith(new_, "b/")
                                : StartsWith(name, edit.deletes ? "a/" : "b/");
  const std::string inner = WithoutFirst(name);
  edit.path = prefixed ? inner : name;
  if (inner != name) edit.other_path = prefixed ? name : inner;
}

}  // namespace mamc::edit
