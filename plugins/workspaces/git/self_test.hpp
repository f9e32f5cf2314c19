// The verb SELFTEST: somebody to commit as, a folder to work in, and a repository that takes the work.
#pragma once
#include <filesystem>
#include <mamc/cpp/plugin.hpp>
#include <mamc/cpp/self_test.hpp>
#include <optional>

#include "mamc/git/access.hpp"
#include "mamc/git/repo.hpp"

namespace git_workspace {

// Without an author everything works up to the first commit.
mamc::sdk::Json TestMachine(const std::filesystem::path& project_base,
                            const std::optional<mamc::git::Author>& author);
// `input`: {"repo", "base"?, "reach"?, "writes_base"?} of mamc/workspace.h.
mamc::sdk::Task<mamc::sdk::Json> TestRepository(mamc::sdk::Context& context, const mamc::git::Access& access,
                                                mamc::sdk::Json input);

}  // namespace git_workspace
