// Words that announce another file and do not give its path.
#pragma once
#include <string>
#include <string_view>

namespace mamc::edit {

// "In the other file:", "## Second file", "Module `b`:": how the line calls the file; empty: it calls none.
// REQUIRES: the line names no path.
std::string AnotherFile(std::string_view line);

// Whether a file may be called so: `b` is `src/b.py`.
bool MayBeCalled(const std::string& path, const std::string& name);

}  // namespace mamc::edit
