#include "fence_name.hpp"

#include "naming.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

bool BeginsComment(std::string_view text) {
  for (std::string_view sign : {"#", "//", "<!--", "/*", "--", ";"})
    if (StartsWith(text, sign)) return true;
  return false;
}

// In a fence of commands a comment speaks of them, unless it is a script's.
bool MayName(const Fence& fence, std::string_view path) {
  return !IsShell(fence.info) || EndsWith(path, ".sh") || EndsWith(path, ".bash") || EndsWith(path, ".zsh");
}

// A list of paths is no file.
bool IsPathAlone(const Fence& fence, std::string_view text, std::string_view next) {
  const bool output = fence.info.empty() || IsShell(fence.info) ||
                      IsOneOf(fence.info, {"text", "txt", "plaintext", "output", "log", "tree"});
  return !output && IsSurePath(text) && BarePath(text) == text && !LooksNamed(BarePath(next));
}

}  // namespace

FenceName NameByFirstLine(const std::vector<std::string_view>& lines, const Fence& fence, std::size_t first) {
  const std::string_view text = Trim(lines[first]);
  FenceName name;
  if (IsFileLine(text) && !NamedFile(text).empty()) {
    name.path = NamedFile(text);
    name.by_heading = !SaysFile(text);
    name.first = first + 1;
    return name;
  }
  const std::size_t below = first + 1;
  const bool more = below < lines.size() && !Closes(fence, lines[below]);
  if (!more || OpenedBy(lines[first]).sign != 0) return {};
  if (IsPathAlone(fence, text, lines[below])) {
    name.path = text;
  } else {
    const Naming naming = BeginsComment(text) ? NamingOf(text) : Naming();
    if (naming.form != Naming::Form::kTight || !MayName(fence, naming.paths[0])) return {};
    name.path = naming.paths[0];
    name.head = lines[first];
  }
  name.by_heading = name.snippet = true;
  name.first = below;
  return name;
}

}  // namespace mamc::edit
