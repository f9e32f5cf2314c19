// What a workflow may name on this machine: step types of the plugins, personas and workflows of the search
// path. Folders are listed once; a persona file is read only when a name is not the id of one. Lives at most
// as long as its catalog. Thread rule: the loop's thread.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/config/config.hpp"
#include "mamc/plugin/catalog.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::cli {

// A workflow or persona file; its name is the file's without the ending.
struct NamedFile {
  std::string name;
  std::filesystem::path file;
  std::string origin;  // "--workflows", "beside the program", ...
};

// A workflow or persona is found by the name of its file: a problem when its own name is another.
std::vector<workflow::Problem> CheckFileName(const std::filesystem::path& file, const std::string& name,
                                             const workflow::Place& name_place);

class Names final : public workflow::Names {
 public:
  // Workflows are <dir>/*.yml, personas <dir>/personas/*.yml (also .yaml); an earlier folder wins.
  Names(const plugin::Catalog& catalog, const std::vector<plugin::SearchDir>& dirs);

  Result<const workflow::StepType*> FindStepType(std::string_view id, std::string_view range) const override;
  std::vector<std::string> StepTypeIds() const override;
  std::string FindPersona(std::string_view name) const override;
  std::vector<std::string> PersonaNames() const override;  // ids and aliases
  bool HasWorkflow(std::string_view name) const override;
  std::vector<std::string> WorkflowNames() const override;

  // Sorted by name.
  const std::map<std::string, NamedFile, std::less<>>& workflows() const { return workflows_; }
  const std::map<std::string, NamedFile, std::less<>>& personas() const { return personas_; }
  // With "did you mean" in the error.
  Result<NamedFile> WorkflowFile(std::string_view name) const;
  Result<NamedFile> PersonaFile(std::string_view name_or_alias) const;

 private:
  const std::map<std::string, std::string, std::less<>>& Aliases() const;

  const plugin::Catalog& catalog_;
  std::map<std::string, NamedFile, std::less<>> workflows_;
  std::map<std::string, NamedFile, std::less<>> personas_;
  mutable std::map<std::string, workflow::StepType, std::less<>>
      step_types_;  // by id@range, filled when asked for
  mutable bool aliases_read_ = false;
  mutable std::map<std::string, std::string, std::less<>> aliases_;  // alias -> id
};

}  // namespace mamc::cli
