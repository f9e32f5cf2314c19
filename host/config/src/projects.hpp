// The section `projects:` of mamc.yaml.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "document.hpp"
#include "mamc/config/config.hpp"

namespace mamc::config {

// Reads every project into the config; each problem has its place in front.
void ReadProjects(const Document& document, const std::filesystem::path& base,
                  const std::filesystem::path& home, Config* config, std::vector<std::string>* problems);

}  // namespace mamc::config
