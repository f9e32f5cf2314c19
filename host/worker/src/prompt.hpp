// The messages a model gets: a stable beginning (system prompt, task, context, plan) and the volatile rest
// last, so that a server's prefix cache helps. No run id, time or absolute path gets in, so that equal work
// gives equal messages.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::worker {

struct PromptFile {
  std::string path;
  std::string text;
};

// `request` is {intent, payload, ...}. `input` is that of model.ask: instructions, files, history.
Json ComposeMessages(const workflow::Persona& persona, const Json& request, const Json& input,
                     const std::vector<PromptFile>& files);

// Files of the workspace that the request speaks of, in the order of their first mention: regular files below
// `root`, not through links, not too large, as text.
std::vector<PromptFile> MentionedFiles(const Json& request, const std::filesystem::path& root);

}  // namespace mamc::worker
