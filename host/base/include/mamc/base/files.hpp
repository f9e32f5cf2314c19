// Small file work with errors that name the path.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "mamc/base/status.hpp"

namespace mamc {

Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_bytes = 64u << 20);
// Writes a temporary file beside `path`, syncs it and renames it over `path`. `mode` is the new file's permission.
Status WriteFile(const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0644);
Status MakeDirectories(const std::filesystem::path& path, unsigned mode = 0755);

// What the last system call of this thread failed with, as "WHAT: reason".
Status ErrnoStatus(const std::string& what);
// All of `bytes`, however many calls it takes; the error is "cannot write WHAT: reason".
Status WriteAll(int fd, std::string_view bytes, const std::string& what);

}  // namespace mamc
