// Reads the configuration. Precedence: flag, environment, .env, mamc.yaml, default. All problems are found at
// once, each with its file:line:col or the name of its variable.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mamc/config/config.hpp"

namespace mamc::config {

// A setting given on the command line.
struct Flag {
  std::string key;   // of the settings table: "log.format"
  Json value;        // a text, or a list of texts for a search path
  std::string name;  // "--log-format", for messages
};

struct LoadOptions {
  std::optional<std::filesystem::path> config_file;  // --config; must exist
  std::vector<Flag> flags;
  std::map<std::string, std::string, std::less<>> environment;
  std::filesystem::path working_directory;  // absolute
  std::filesystem::path system_directory = "/etc/mamc";
};

// The options for this process: its environment and working directory.
LoadOptions ProcessOptions();

struct LoadResult {
  Config config;  // meaningful when there are no problems
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
  bool ok() const { return problems.empty(); }
};

// Looks for the file at options.config_file, else ./mamc.yaml, $XDG_CONFIG_HOME/mamc/mamc.yaml,
// /etc/mamc/mamc.yaml; and for .env beside it, or in the working directory when there is no file. Secrets
// that it meets are masked in the log.
LoadResult LoadConfig(const LoadOptions& options);

}  // namespace mamc::config
