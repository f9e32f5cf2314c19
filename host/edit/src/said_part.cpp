#include "said_part.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include "claims.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::string_view kPartNotes[] = {
    " excerpt ",      " excerpts ",      " partial ",       " partially ",     " snippet ",
    " fragment ",     " append ",        " appended ",      " only the ",      " only this ",
    " lines only ",   " changed lines ", " changes only ",  " changed parts ", " part of ",
    " changed part ", " relevant part ", " relevant parts "};
// The first word of a note behind a path: `(function f)`, `- add the function h`.
constexpr std::string_view kPartFirst[] = {"function", "method", "class",   "lines", "line",   "add",
                                           "append",   "insert", "section", "only",  "adding", "part"};
constexpr std::string_view kAdds[] = {"add", "append", "insert", "prepend"};
constexpr std::string_view kBeforeAdds[] = {"also", "then",    "and",    "now",
                                            "next", "finally", "please", "lastly"};
constexpr std::string_view kOthers[] = {
    " rest of the file ", " rest of the code ", " the rest ",          " everything else ", " all else ",
    " all other ",        " other functions ",  " other methods ",     " other parts ",     " other code ",
    " remaining code ",   " rest of it ",       " rest of this file ", " other lines ",     " remainder "};
constexpr std::string_view kAsBefore[] = {
    " unchanged ", " stays ",    " stay ",      " remains ",   " remain ",     " same ",       " untouched ",
    " as is ",     " as it is ", " as before ", " as it was ", " unmodified ", " not change ", " omitted "};
constexpr std::string_view kAnew[] = {" rewrite ",     " rewritten ", " from scratch ", " replaced ",
                                      " replacement ", " replace ",   " complete ",     " full ",
                                      " entire ",      " whole ",     " shrinks ",      " reduced "};
constexpr std::string_view kOnly[] = {" only ", " just "};
constexpr std::string_view kChanges[] = {" changes ", " changed ", " change ", " that changes ",
                                         " to change "};

// The words in small letters, each with a blank on both sides.
std::string Spaced(std::string_view text) {
  std::string words = " ";
  for (unsigned char c : text) {
    if (std::isalnum(c) != 0 || c == '_' || c == '\'')
      words += static_cast<char>(std::tolower(c));
    else if (words.back() != ' ')
      words += ' ';
  }
  if (words.back() != ' ') words += ' ';
  return words;
}

template <std::size_t n>
bool HoldsOneOf(const std::string& words, const std::string_view (&list)[n]) {
  return std::any_of(std::begin(list), std::end(list),
                     [&](std::string_view each) { return words.find(each) != words.npos; });
}

std::string_view FirstOf(std::string_view spaced) {
  spaced = Trim(spaced);
  return spaced.substr(0, spaced.find(' '));
}

// What stands behind the path of `FILE: path`.
std::string_view NoteOf(std::string_view line) {
  const std::string path = NamedFile(line);
  const std::size_t at = path.empty() ? line.npos : line.find(path);
  return at == line.npos ? std::string_view() : line.substr(at + path.size());
}

Portion OfFileLine(std::string_view line) {
  const std::string note = Spaced(NoteOf(line));
  if (HoldsOneOf(note, kPartNotes) || IsOneOf(FirstOf(note), kPartFirst)) return Portion::kNext;
  return HoldsOneOf(note, kAnew) ? Portion::kAll : Portion::kNone;
}

bool AsksToAdd(const std::string& words) {
  std::string_view left = Trim(words);
  while (IsOneOf(FirstOf(left), kBeforeAdds)) left = Trim(left.substr(FirstOf(left).size()));
  return IsOneOf(FirstOf(left), kAdds);
}

}  // namespace

Portion SaysPart(std::string_view line) {
  constexpr std::size_t kMost = 400;
  line = Trim(line);
  if (line.empty() || line.size() > kMost) return Portion::kNone;
  if (IsFileLine(line) || !NamedFile(line).empty()) return OfFileLine(line);
  const std::string words = Spaced(line);
  if (HoldsOneOf(words, kOthers) && HoldsOneOf(words, kAsBefore)) return Portion::kRest;
  if (HoldsOneOf(words, kOnly) && HoldsOneOf(words, kChanges)) return Portion::kNext;
  if (EndsWith(line, ":") && AsksToAdd(words)) return Portion::kAdded;
  return SaysWhole(line) == Whole::kSaid || HoldsOneOf(words, kAnew) ? Portion::kAll : Portion::kNone;
}

void SaidParts::Mark(Answer& answer) const {
  constexpr std::size_t kBelow = 5, kNear = 12;  // lines
  if (said_.empty()) return;
  std::vector<Edit*> edits;
  for (Edit& edit : answer.edits) edits.push_back(&edit);
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit* a, const Edit* b) { return a->line < b->line; });
  for (const Said& said : said_) {
    const auto behind = std::partition_point(edits.begin(), edits.end(),
                                             [&](const Edit* edit) { return edit->line <= said.line; });
    const std::size_t most = said.line + 1 + (said.part == Portion::kAdded ? kBelow : kNear);
    if (behind != edits.end() && (*behind)->line <= most)
      (said.part == Portion::kAll ? (*behind)->said_all : (*behind)->said_part) = true;
    if (behind != edits.begin() && said.part == Portion::kRest) (*std::prev(behind))->said_part = true;
  }
}

}  // namespace mamc::edit
