// What the ending of a file's name tells of its language.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

namespace mamc::edit {

// Whether the path has one of these endings, which are small and without the dot.
bool HasEnding(const std::string& path, std::initializer_list<std::string_view> endings);

bool IsPython(const std::string& path);
bool IsJson(const std::string& path);
// `#` begins a heading there.
bool IsMarkdown(const std::string& path);
// Languages in which no line of a whole file is dots alone; another may have one, as YAML has.
bool HasNoDots(const std::string& path);
// Languages in which dots before a name are code: `...rest`.
bool HasSpread(const std::string& path);
// Whether a line that begins so is certainly no comment in the file's language.
bool IsForeignSign(const std::string& path, std::string_view sign);

}  // namespace mamc::edit
