// What one command line needs of the host - configuration, plugins, names, board - each made when it is first
// asked for. Thread rule: the main thread.
#pragma once
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "mamc/cli/exit_codes.hpp"
#include "mamc/cli/names.hpp"
#include "mamc/config/load.hpp"

namespace mamc::cli {

// The options that every command takes.
struct GlobalOptions {
  std::vector<std::string> plugin_dirs;    // --plugins
  std::vector<std::string> workflow_dirs;  // --workflows
  std::string config_file;                 // --config
  std::string state_dir, log_level, log_format;
  bool only_config_file = false;  // the demo: neither the environment nor .env count
};

class Session {
 public:
  Session(std::ostream& data, std::ostream& other) : out(data), err(other) {}

  GlobalOptions options;
  std::ostream& out;  // data
  std::ostream& err;  // everything else
  // Hears what Fail and Warn say, in place of `err`; null: nobody.
  std::function<void(bool is_warning, const std::string& message)> on_said;
  // A configuration with mistakes counts as far as it could be read. What is wrong is said all the same.
  bool takes_what_it_can = false;
  // Said when `out` could not be written although the command has done its work; empty: then it has failed.
  std::string done_anyway;

  // Make the thing and return kDone, or say on `err` what is wrong and return how the program ends. Repeating
  // one is free.
  [[nodiscard]] Exit NeedConfig();
  [[nodiscard]] Exit NeedCatalog();
  [[nodiscard]] Exit NeedNames();
  // And what the configuration names is there (CheckConfig).
  [[nodiscard]] Exit NeedCheckedNames();

  // REQUIRES: the Need of that name, or of one below it, returned kDone.
  const config::Config& config() const { return *config_; }
  plugin::Catalog& catalog() { return *catalog_; }
  const Names& names() const { return *names_; }

  // Folders in search order: flags, variables, mamc.yaml, beside the program, installed.
  std::vector<plugin::SearchDir> PluginDirs() const;
  std::vector<plugin::SearchDir> WorkflowDirs() const;

  // A folder of data that comes with the program: beside it in a build tree, else installed.
  std::filesystem::path DataDir(std::string_view name) const;

  // The configured settings of a type, completed with what its schema says about paths (CompletePaths).
  Json SettingsOf(config::Section section, const plugin::TypeManifest& type) const;

  // `words` behind the program's name and what names this machine's configuration: to be pasted into a shell.
  std::string CommandLineOf(const std::string& words) const;
  // A board's task as the commands of `task` take it: its id, and its project where others are configured.
  std::string WordsFor(const Json& task) const;

  // Says the error on `err`, as every one is said, and returns how the program ends.
  Exit Fail(const Status& status);
  Exit Fail(Exit code, const std::string& message);
  Exit Fail(Exit code, const std::vector<std::string>& problems);  // a line each; kDone when there is none
  void Warn(const std::string& message);

 private:
  void Say(bool is_warning, const std::string& message);
  config::LoadOptions LoadOptions() const;
  plugin::CatalogOptions CatalogOptions() const;

  std::unique_ptr<config::Config> config_;
  std::unique_ptr<plugin::Catalog> catalog_;
  std::unique_ptr<Names> names_;
  std::vector<std::string> wrong_names_;  // why the configuration's personas and backends are not there
};

// For every property of the settings schema that is marked `x-path`: a relative path starts at `base`; an
// absent one whose mark is a file name is that file in `state_dir`. For every one marked `x-program`, a list:
// the program, its first item, starts at `base` too when it is relative and has a slash.
Json CompletePaths(const Json& schema, Json settings, const std::filesystem::path& base,
                   const std::filesystem::path& state_dir);

}  // namespace mamc::cli
