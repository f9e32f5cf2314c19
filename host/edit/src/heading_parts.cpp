#include "heading_parts.hpp"

#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "heads.hpp"
#include "languages.hpp"
#include "line_match.hpp"
#include "lost_edge.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

std::size_t KeptOf(const Lines& before, const Lines& after) {
  std::unordered_map<std::string_view, std::size_t> left;
  for (std::string_view line : after)
    if (!Trim(line).empty()) ++left[Trim(line)];
  std::size_t kept = 0;
  for (std::string_view line : before)
    if (auto found = left.find(Trim(line)); found != left.end() && found->second > 0) --found->second, ++kept;
  return kept;
}

// Their lines are in no function, however far to the right they stand.
bool IsData(const std::string& path) {
  return IsJson(path) || HasEnding(path, {"yml", "yaml", "toml", "ini", "cfg", "conf", "env", "txt",
                                          "properties", "xml", "csv", "lock", "in"});
}

// Of data each line with a key is a part.
std::string_view DataName(std::string_view line) {
  if (const auto name = DeclaredName(line); !name.empty()) return name;
  line = Trim(line);
  const std::size_t end = line.find_first_of(":=");
  const std::string_view key = Trim(line.substr(0, end));
  return end == std::string_view::npos || StartsWith(key, "-") ? std::string_view() : key;
}

bool HasWords(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

// What stands between two lines that stay: lines [old_begin, old_end) became [begin, end).
struct Gap {
  std::size_t old_begin, old_end, begin, end;
};

std::size_t WrittenIn(const Lines& lines, std::size_t begin, std::size_t end) {
  return CountWritten(std::span(lines).subspan(begin, end - begin));
}

class LeftOutParts {
 public:
  LeftOutParts(const Edit& edit, const Lines& before, const Lines& after)
      : said_removed_(edit.said_removed),
        only_imports_(edit.said_imports),
        all_flat_(IsData(edit.path)),
        before_(before),
        after_(after) {
    for (std::string_view line : after)
      if (const auto name = NameOf(line); !name.empty()) ++names_[name];
    if (!all_flat_) return;
    for (std::string_view line : before)
      if (const auto name = NameOf(line); !name.empty()) ++wanted_[name];
  }

  std::size_t First() const {
    const std::vector<std::ptrdiff_t> matches = MatchLines(before_, after_);
    Gap gap{0, 0, 0, 0};
    std::size_t flat = 0, first_flat = before_.size();
    for (std::size_t i = 0; i <= after_.size(); ++i) {
      if (i < after_.size() && matches[i] == kNoMatch) continue;
      gap.end = i;
      gap.old_end = i < after_.size() ? static_cast<std::size_t>(matches[i]) : before_.size();
      if (IsLeftOut(gap) || IsCutOff(gap)) return gap.old_begin;
      if (const std::size_t lost = FlatLost(gap); lost > 0)
        flat += lost, first_flat = std::min(first_flat, gap.old_begin);
      gap.old_begin = gap.old_end + 1, gap.begin = i + 1;
    }
    return !said_removed_ && LosesMuch(flat) ? first_flat : before_.size();
  }

 private:
  // A part of a file that is sent for the whole lacks what stands before it or behind it, or parts in
  // between.
  bool IsLeftOut(const Gap& gap) const {
    const std::size_t lost = WrittenIn(before_, gap.old_begin, gap.old_end),
                      come = WrittenIn(after_, gap.begin, gap.end);
    if (lost < 2 || lost <= come) return false;
    const bool at_edge = gap.old_begin == 0 || gap.old_end == before_.size();
    if (at_edge) return come == 0 || LosesHead(gap);
    // Of data each line has a name, and one that goes takes the place of none.
    const bool shrinks = all_flat_ || lost >= come + 2;
    return shrinks && (!said_removed_ || only_imports_) && LosesHead(gap);
  }

  // The part begins, or ends, with a line of the file that was changed.
  bool IsCutOff(const Gap& gap) const {
    const auto lost = std::span(before_).subspan(gap.old_begin, gap.old_end - gap.old_begin),
               come = std::span(after_).subspan(gap.begin, gap.end - gap.begin);
    return (gap.old_begin == 0 && LosesBegin(lost, come, said_removed_)) ||
           (gap.old_end == before_.size() && LosesEnd(lost, come, said_removed_));
  }

  std::string_view NameOf(std::string_view line) const {
    return all_flat_ ? DataName(line) : DeclaredName(line);
  }

  bool LosesHead(const Gap& gap) const {
    for (std::size_t i = gap.old_begin; i < gap.old_end; ++i)
      if (const auto name = NameOf(before_[i]); !name.empty() && IsLost(name)) return true;
    return false;
  }

  // In data the same name stands in several parts, and one of them may be gone.
  bool IsLost(std::string_view name) const {
    const auto here = names_.find(name), wanted = wanted_.find(name);
    return here == names_.end() || (wanted != wanted_.end() && here->second < wanted->second);
  }

  // Of the lines that are in no part of the file: how many more go than come.
  std::size_t FlatLost(const Gap& gap) const {
    std::size_t lost = 0;
    for (std::size_t i = gap.old_begin; i < gap.old_end; ++i) {
      const bool flat = all_flat_ || IndentOf(before_[i]).empty();
      lost += flat && HasWords(before_[i]) && DeclaredName(before_[i]).empty();
    }
    const std::size_t come = WrittenIn(after_, gap.begin, gap.end);
    return lost - std::min(lost, come);
  }

  // A quarter of the lines goes and a third does not stay as it is.
  bool LosesMuch(std::size_t flat) const {
    const std::size_t all = CountWritten(before_);
    return flat >= 2 && flat * 4 >= all && KeptOf(before_, after_) * 3 < all * 2;
  }

  const bool said_removed_, only_imports_, all_flat_;
  const Lines& before_;
  const Lines& after_;
  std::unordered_map<std::string_view, std::size_t> names_;   // of parts of the new text
  std::unordered_map<std::string_view, std::size_t> wanted_;  // of data: of the old one
};

bool IsNameSign(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view NameAt(std::string_view text) {
  return text.substr(
      0, static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), IsNameSign) - text.begin()));
}

bool IsImport(std::string_view line) {
  return StartsWith(line, "import ") ||
         (StartsWith(line, "from ") && line.find(" import ") != std::string_view::npos);
}

// The name that a line imports; empty when there are several or none.
std::string_view ImportedName(std::string_view line) {
  constexpr std::string_view kImport = "import ", kAs = " as ";
  if (!IsImport(line) || line.find(',') != std::string_view::npos) return {};
  line = Trim(line.substr(line.find(kImport) + kImport.size()));
  if (const std::size_t as = line.find(kAs); as != std::string_view::npos)
    return NameAt(line.substr(as + kAs.size()));
  // Java names a class last, Python a module first.
  if (EndsWith(line, ";") && NameAt(line).size() + 1 < line.size() && line[NameAt(line).size()] == '.')
    line = line.substr(line.rfind('.') + 1);
  return NameAt(line);
}

// Names that the lines use as those of modules and functions, and those that they import.
struct Names {
  std::unordered_set<std::string_view> used, imported;
};

Names NamesIn(const Lines& lines) {
  Names names;
  for (std::string_view line : lines) {
    auto& found = IsImport(line) ? names.imported : names.used;
    for (std::size_t at = 0; at < line.size();) {
      const std::string_view name = NameAt(line.substr(at));
      const std::size_t end = at + name.size();
      const bool uses =
          end < line.size() && (line[end] == '.' || line[end] == '(') && (at == 0 || line[at - 1] != '.');
      if (!name.empty() && (uses || IsImport(line))) found.insert(name);
      at = end + (name.empty() ? 1 : 0);
    }
  }
  return names;
}

// The first line that imports what is used and not imported any more.
std::size_t FirstLostImport(const Lines& before, const Lines& after) {
  if (std::none_of(before.begin(), before.end(), IsImport)) return before.size();
  const Names names = NamesIn(after);
  const auto lost = std::find_if(before.begin(), before.end(), [&](std::string_view line) {
    const std::string_view name = ImportedName(line);
    return !name.empty() && names.used.count(name) != 0 && names.imported.count(name) == 0;
  });
  return static_cast<std::size_t>(lost - before.begin());
}

std::unordered_set<std::string_view> DeclaredIn(const Lines& lines) {
  std::unordered_set<std::string_view> names;
  for (std::string_view line : lines) names.insert(DeclaredName(line));
  return names;
}

// Whether the lines use a function or a class of Python that the file has and they do not.
bool UsesWhatIsLost(const Lines& before, const Lines& after) {
  const bool any_name = std::any_of(after.begin(), after.end(), [](auto line) {
    return IsImport(line) && line.find('*') != std::string_view::npos;
  });
  if (any_name) return false;
  const Names names = NamesIn(after);
  const std::unordered_set<std::string_view> declared = DeclaredIn(after);
  return std::any_of(before.begin(), before.end(), [&](std::string_view line) {
    const bool defines = StartsWith(line, "def ") || StartsWith(line, "class ");
    const std::string_view name = defines ? DeclaredName(line) : std::string_view();
    return !name.empty() && names.used.count(name) != 0 && names.imported.count(name) == 0 &&
           declared.count(name) == 0;
  });
}

// Whether nearly all lines are lines of the file, and a part of it that has a name is not among them.
bool IsCutOut(const Lines& before, const Lines& after) {
  if (KeptOf(before, after) * 4 < CountWritten(after) * 3) return false;
  const std::unordered_set<std::string_view> declared = DeclaredIn(after);
  return std::any_of(before.begin(), before.end(), [&](std::string_view line) {
    const std::string_view name = DeclaredName(line);
    return !name.empty() && declared.count(name) == 0;
  });
}

// The first line that is neither blank nor a comment nor a mark on what follows.
std::string_view FirstOfCode(const Lines& lines) {
  const auto first = std::find_if(lines.begin(), lines.end(), [](std::string_view line) {
    return !Trim(line).empty() && !IsComment(Trim(line)) && !StartsWith(Trim(line), "@");
  });
  return first == lines.end() ? std::string_view() : *first;
}

bool KeepsBeginning(const Lines& before, const Lines& after) {
  std::size_t left = 3;  // lines
  for (std::size_t i = 0; i < before.size() && left > 0; ++i) {
    if (Trim(before[i]).empty()) continue;
    if (std::find(after.begin(), after.end(), before[i]) != after.end()) return true;
    --left;
  }
  return false;
}

bool LosesInterpreter(const Lines& before, const Lines& after) {
  return !before.empty() && StartsWith(before[0], "#!") && (after.empty() || !StartsWith(after[0], "#!"));
}

}  // namespace

bool KeepsShare(const Lines& before, const Lines& after) {
  return KeptOf(before, after) * 3 >= CountWritten(before);
}

bool KeepsNearlyAll(const Lines& before, const Lines& after, bool said_removed) {
  constexpr std::size_t kEdge = 5, kTenth = 10;
  std::vector<bool> kept;  // of the written lines of the file
  std::size_t lost = 0;    // of these: those for which nothing comes
  const std::vector<std::ptrdiff_t> matches = MatchLines(before, after);
  for (std::size_t i = 0, at = 0, come = 0; i <= after.size(); ++i) {
    if (i < after.size() && matches[i] == kNoMatch) {
      come += !Trim(after[i]).empty();
      continue;
    }
    const std::size_t stays = i < after.size() ? static_cast<std::size_t>(matches[i]) : before.size();
    const std::size_t gone = WrittenIn(before, at, stays), more = gone - std::min(gone, come);
    const bool at_edge = at == 0 || stays == before.size();
    if (at_edge && more > 0 && !said_removed) return false;
    lost += more;
    kept.insert(kept.end(), gone, false);
    if (stays < before.size() && !Trim(before[stays]).empty()) kept.push_back(true);
    at = stays + 1, come = 0;
  }
  const auto edge = static_cast<std::ptrdiff_t>(std::min(kEdge, kept.size()));
  auto keeps = [&](auto first) { return std::count(first, first + edge, true) * 2 > edge; };
  return keeps(kept.begin()) && keeps(kept.rbegin()) && (said_removed || lost * kTenth <= kept.size());
}

bool IsPartAlone(const std::string& path, const Lines& before, const Lines& after) {
  constexpr std::size_t kLarge = 8;
  const std::size_t old = CountWritten(before), now = CountWritten(after);
  if (old < kLarge) return false;
  if (IndentOf(FirstOfCode(before)).empty() && !IndentOf(FirstOfCode(after)).empty()) return true;
  if (IsPython(path) && UsesWhatIsLost(before, after)) return true;
  if (now * 2 > old) return false;
  if (IsCutOut(before, after)) return true;
  const std::string_view name = DeclaredName(FirstOfCode(after));
  return !KeepsBeginning(before, after) && !name.empty() &&
         std::any_of(before.begin(), before.end(),
                     [&](std::string_view line) { return DeclaredName(line) == name; });
}

std::size_t FirstLeftOut(const Edit& edit, const Lines& before, const Lines& after) {
  if (LosesInterpreter(before, after)) return 0;
  return std::min(FirstLostImport(before, after), LeftOutParts(edit, before, after).First());
}

}  // namespace mamc::edit
