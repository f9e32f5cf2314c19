// What can be known about a plugin file without running it. The dynamic linker trusts a file's headers: a
// truncated one kills the process with SIGBUS and one for another machine is "No such file", so the headers
// are checked here first.
#pragma once
#include <filesystem>
#include <string>

#include "mamc/base/status.hpp"

namespace mamc::plugin {

// Opens the file once and reads only its headers, its dynamic symbols and the manifest: the text of the
// section .mamc.manifest. The error says what is wrong with the file and what to do; it does not name the
// file.
Result<std::string> CheckFile(const std::filesystem::path& file);

// Whether a file with this owner and mode may be run by a process with this effective user.
Status CheckOwner(unsigned owner, unsigned mode, unsigned effective_user);

}  // namespace mamc::plugin
