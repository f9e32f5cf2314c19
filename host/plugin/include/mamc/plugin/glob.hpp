// Patterns that name plugins, as `plugins.enable` and `plugins.disable` have them.
#pragma once
#include <string>

namespace mamc::plugin {

// *, ? and [...] as in a shell; a / is like any other character.
bool MatchesGlob(const std::string& glob, const std::string& id);

}  // namespace mamc::plugin
