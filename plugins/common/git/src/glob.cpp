#include "mamc/git/glob.hpp"

#include <algorithm>

namespace mamc::git {
namespace {

std::vector<std::string_view> Segments(std::string_view text) {
  std::vector<std::string_view> segments;
  while (!text.empty()) {
    std::size_t slash = text.find('/');
    if (slash != 0) segments.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) break;
    text.remove_prefix(slash + 1);
  }
  return segments;
}

// `*` and `?` within one name. Only the last star is ever tried again, so the time is the product of the
// lengths at most.
bool NameMatches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool GlobMatches(std::string_view pattern, std::string_view path) {
  const std::vector<std::string_view> wanted = Segments(pattern);
  const std::vector<std::string_view> names = Segments(path);
  if (wanted.empty()) return false;
  // The same algorithm one level up: `**` is a star over names.
  std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < names.size()) {
    if (p < wanted.size() && wanted[p] == "**") {
      star = p++;
      resume = n;
    } else if (p < wanted.size() && NameMatches(wanted[p], names[n])) {
      ++p;
      ++n;
      const bool folder_above = wanted.back().find_first_of("*?") == std::string_view::npos;
      if (p == wanted.size() && (n == names.size() || folder_above)) return true;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return std::all_of(wanted.begin() + static_cast<std::ptrdiff_t>(p), wanted.end(),
                     [](auto s) { return s == "**"; });
}

bool GlobsTake(const std::vector<std::string>& patterns, std::string_view path) {
  bool takes_all = true, taken = false;
  for (const std::string& pattern : patterns) {
    const bool leaves_out = pattern.starts_with('!');
    if (leaves_out && GlobMatches(std::string_view(pattern).substr(1), path)) return false;
    takes_all = takes_all && leaves_out;
    taken = taken || (!leaves_out && GlobMatches(pattern, path));
  }
  return taken || takes_all;
}

}  // namespace mamc::git
