// The names in the headers of a diff.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace mamc::edit {

// Names in git's quotes: "a/\303\274.c".
std::string Unquote(std::string_view name);
// The name of a header line, without the time that diff writes behind a tab.
std::string HeaderName(std::string_view line);
// "a/x b/x": the names are the same behind the prefixes when nothing else says what they are. Empty: there
// is one name only.
std::pair<std::string, std::string> GitNames(std::string_view both);

std::string WithoutDots(std::string name);
// Without its first folder, when there is one.
std::string WithoutFirst(const std::string& name);
bool IsNull(std::string_view name);

}  // namespace mamc::edit
