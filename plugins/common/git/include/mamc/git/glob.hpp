// Patterns for repository paths: `*` and `?` stay within a name, `**` crosses folders, a trailing `/` or a
// plain folder name takes everything below it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mamc::git {

bool GlobMatches(std::string_view pattern, std::string_view path);
// True when any pattern matches and none that begins with `!` does; without one that does not begin so,
// everything else is taken.
bool GlobsTake(const std::vector<std::string>& patterns, std::string_view path);

}  // namespace mamc::git
