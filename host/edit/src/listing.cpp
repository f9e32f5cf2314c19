#include "listing.hpp"

#include <algorithm>
#include <cctype>

#include "languages.hpp"
#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

// A line of a listing: `5| x`, `5 | x`, `5: x`, `5<tab>x`, `5  x`.
struct Numbered {
  std::size_t number = 0;
  char sign = 0;  // 0: it is none
};

Numbered NumberOf(std::string_view line) {
  constexpr std::size_t kMostDigits = 6;
  line = line.substr(IndentOf(line).size());
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits == 0 || digits > kMostDigits) return {};
  const auto number = static_cast<std::size_t>(std::stoul(std::string(line.substr(0, digits))));
  const std::string_view behind = line.substr(digits), text = Trim(behind);
  if (text.empty()) return {number, ' '};  // a blank line
  if (behind[0] == '\t') return {number, '\t'};
  for (char sign : {'|', ':'})
    if (text[0] == sign && (text.size() == 1 || text[1] == ' ')) return {number, sign};
  return StartsWith(behind, "  ") ? Numbered{number, ' '} : Numbered{};
}

// Files in which lines begin with numbers and `>` of their own.
bool HasNumbers(const std::string& path) {
  return path.empty() || path.find('.') == std::string::npos ||
         HasEnding(path, {"md",  "mdx",  "markdown", "rst", "txt", "adoc", "org",  "csv", "tsv",
                          "yml", "yaml", "dat",      "log", "ini", "cfg",  "conf", "bas", "lhs",
                          "eml", "diff", "patch",    "rej", "f",   "for",  "html", "out", "snap"});
}

// Whether all lines are numbered one by one in the same way. Blank ones may be left out.
bool AreNumbered(const Lines& lines) {
  constexpr std::size_t kFewest = 3;
  std::size_t numbered = 0, last = 0, blank = 0;
  char sign = 0;
  for (std::string_view line : lines) {
    if (Trim(line).empty()) {
      ++blank;
      continue;
    }
    const Numbered here = NumberOf(line);
    const bool same = here.sign == ' ' || sign == 0 || sign == ' ' || here.sign == sign;
    if (here.sign == 0 || !same) return false;
    if (numbered > 0 && (here.number <= last || here.number > last + 1 + blank)) return false;
    if (here.sign != ' ' || sign == 0) sign = here.sign;
    last = here.number, blank = 0;
    ++numbered;
  }
  return numbered >= kFewest;
}

bool IsBarred(std::string_view line) {
  line = Trim(line);
  const std::size_t sign = std::min(line.find_first_not_of("0123456789"), line.size());
  return sign > 0 && sign < line.size() && line[sign] == '|' &&
         (sign + 1 == line.size() || line[sign + 1] == ' ');
}

bool IsQuoted(std::string_view line) {
  return StartsWith(line, "> ") || TrimEnd(line) == ">";
}

// Whether all lines that come are such, and none that is there.
template <typename Is>
bool AreCopied(const Lines& there, const Lines& come, Is is) {
  const auto is_text = [&](std::string_view line) { return !Trim(line).empty() && !is(line); };
  return std::any_of(come.begin(), come.end(), is) && std::none_of(come.begin(), come.end(), is_text) &&
         std::none_of(there.begin(), there.end(), is);
}

std::string_view FirstWritten(const Lines& lines) {
  const auto first = std::find_if(lines.begin(), lines.end(), [](auto line) { return !Trim(line).empty(); });
  return first == lines.end() ? std::string_view() : *first;
}

}  // namespace

std::string ListingRefusal(const Lines& there, const Lines& come, const std::string& path) {
  const bool numbers = !HasNumbers(path) && AreNumbered(come) && !AreNumbered(there);
  if (numbers || AreCopied(there, come, IsBarred))
    return QuotedLine(FirstWritten(come)) +
           " begins with the number of a line, as all lines do: send them without the numbers";
  constexpr std::size_t kFewest = 2;
  if (!HasNumbers(path) && CountWritten(come) >= kFewest && AreCopied(there, come, IsQuoted))
    return QuotedLine(FirstWritten(come)) + " begins with >, as all lines do: send them without that sign";
  return {};
}

}  // namespace mamc::edit
