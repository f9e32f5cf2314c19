#include "joined.hpp"

#include <algorithm>
#include <unordered_set>

#include "languages.hpp"
#include "left_out.hpp"
#include "naming.hpp"
#include "sentence.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// Words and lists speak of files on lines of their own.
bool MaySpeakOfFiles(const std::string& path) {
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return StartsWith(name, ".") || IsOneOf(name, {"CODEOWNERS", "README", "LICENSE"}) ||
         HasEnding(path, {"md", "mdx", "markdown", "rst", "txt", "adoc", "org", "diff", "patch", "rej", "in",
                          "lock", "csv", "html", "ipynb"});
}

// "---- b.py ----"
std::string_view WithoutRules(std::string_view text) {
  constexpr std::string_view kRules = "-=*#~ ";
  const std::size_t first = std::min(text.find_first_not_of(kRules), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(kRules) + 1);
}

// The path that an unindented line is nothing but, as a comment or in the signs of a title.
std::string PathAlone(std::string_view line) {
  line = TrimEnd(line);
  if (line.empty() || !IndentOf(line).empty() || StartsWith(line, "#!")) return {};
  const std::string_view comment = WithoutRules(CommentText(line));
  std::string path;
  if (!comment.empty())
    path = IsFileLine(comment) ? NamedFile(comment) : BarePath(comment);
  else if (IsBold(line))
    path = BarePath(line);
  else if (StartsWith(line, "=") || SaysFile(line))
    path = NamedFile(line);
  return IsFileName(path) ? path : std::string();
}

}  // namespace

std::string JoinedRefusal(const Edit& edit, const std::vector<std::string_view>& old,
                          const std::vector<std::string_view>& lines) {
  if (MaySpeakOfFiles(edit.path)) return {};
  std::unordered_set<std::string_view> there;
  for (std::string_view line : old) there.insert(TrimEnd(line));
  bool any = false;  // lines before it
  for (std::string_view line : lines) {
    const std::string path = PathAlone(line);
    const bool other = !path.empty() && !MayBeSame(path, edit.path) && there.count(TrimEnd(line)) == 0;
    if (other && !any)
      return "its first line names another file, '" + path +
             "': write the path of the file that is meant, once";
    if (other)
      return "another file, '" + path +
             "', begins within it: send each file in a fence of its own, with its path on the line before";
    any |= !Trim(line).empty();
  }
  return {};
}

std::string OtherNameRefusal(const std::string& above, const std::string& in_fence) {
  if (above.empty() || in_fence.empty() || MayBeSame(above, in_fence)) return {};
  return "the fence that begins here names '" + in_fence + "', and the line above it '" + above +
         "': name the one file that is meant";
}

}  // namespace mamc::edit
