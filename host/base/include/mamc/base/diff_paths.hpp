// Which files a diff in git's form is about, and which of them somebody means who has read it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mamc {

// The paths of its headings, the new ones of files that were renamed. Empty also when git has written one of
// them between quotes: half of the files would mislead.
std::vector<std::string> FilesOfDiff(std::string_view diff);
// The one of `files` that `path` means. Diffs write "a/" and "b/" before a path, and readers leave folders out
// or write "./". Empty: none, or nobody can tell which.
std::string FileMeant(std::string path, const std::vector<std::string>& files);

}  // namespace mamc
