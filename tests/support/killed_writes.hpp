// A process that is killed before its n-th writing system call, and what a folder holds before and after.
// With fifty edits of all kinds, for those who count the calls.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "support/temp_dir.hpp"

namespace mamc::test {

using Snapshot = std::map<std::string, std::string>;  // bytes and mode by path
Snapshot SnapshotOf(const std::filesystem::path& root);

// Runs `work`, which ends the process with 0 or becomes another program that does, in a child that is killed
// before its n-th writing system call. True when it was killed, false when it ended before.
bool KilledBeforeWrite(int n, const std::function<void()>& work);

// Forty files below dir/at, one with two names.
void MakeFortyFiles(const TempDir& dir, const std::string& at);
// An answer that changes fifty files there: most in place, shorter or longer; some are made in new folders,
// deleted, renamed, made executable.
std::string FiftyEdits();

}  // namespace mamc::test
