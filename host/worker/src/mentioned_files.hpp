// Which files a model is shown: those that it is told of.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"

namespace mamc::worker {

struct PromptFile {
  std::string path;
  std::string text;
};

// Files of the workspace that the request speaks of, in the order of their first mention: regular files below
// `root`, not through links, not too large, as text.
std::vector<PromptFile> MentionedFiles(const Json& request, const std::filesystem::path& root);

}  // namespace mamc::worker
