// The names in the headers of a diff.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace mamc::edit {

// Names in git's quotes: "a/\303\274.c".
std::string Unquote(std::string_view name);
// The name of a header line, without the time that diff writes behind a tab, and without what models write
// behind a space: a time or a day, or `(original)`.
std::string HeaderName(std::string_view line);
// Whether a header line bears the time that diff writes for a file that is not there: the first of all, in
// some zones the day before.
bool IsTimeOfNone(std::string_view line);
// `--- old` and `+++ new`: sides of a file that is named elsewhere.
bool AreSides(std::string_view old_header, std::string_view new_header);
// "a/x b/x": the names are the same behind the prefixes when nothing else says what they are. Empty: there
// is one name only.
std::pair<std::string, std::string> GitNames(std::string_view both);

std::string WithoutDots(std::string name);
// Without its first folder, when there is one.
std::string WithoutFirst(const std::string& name);
bool IsNull(std::string_view name);

}  // namespace mamc::edit
