#include <array>

#include "mamc/git/glob.hpp"
#include "rules.hpp"

namespace change {
namespace {

constexpr std::string_view kManifests[] = {"package.json",
                                           "package-lock.json",
                                           "npm-shrinkwrap.json",
                                           "yarn.lock",
                                           "pnpm-lock.yaml",
                                           "requirements.txt",
                                           "pyproject.toml",
                                           "poetry.lock",
                                           "Pipfile",
                                           "Pipfile.lock",
                                           "uv.lock",
                                           "setup.py",
                                           "setup.cfg",
                                           "Cargo.toml",
                                           "Cargo.lock",
                                           "go.mod",
                                           "go.sum",
                                           "Gemfile",
                                           "Gemfile.lock",
                                           "composer.json",
                                           "composer.lock",
                                           "pom.xml",
                                           "build.gradle",
                                           "build.gradle.kts",
                                           "conanfile.txt",
                                           "conanfile.py",
                                           "vcpkg.json",
                                           "CMakePresets.json",
                                           "Dockerfile",
                                           "flake.nix",
                                           "flake.lock",
                                           "mix.exs",
                                           "mix.lock",
                                           "pubspec.yaml",
                                           "Package.swift"};

bool NamesDependencies(const std::string& path) {
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return std::find(std::begin(kManifests), std::end(kManifests), name) != std::end(kManifests);
}

}  // namespace

void FindProtected(const Files& files, const std::vector<std::string>& patterns,
                   const mamc::edit::Policy& policy, Findings& findings) {
  for (const ChangedFile& file : files) {
    std::string why = mamc::edit::PathRefusal(file.path, policy);
    if (why.empty() && !patterns.empty() && mamc::git::GlobsTake(patterns, file.path))
      why = "the project protects this file (`protected` in mamc.yaml)";
    if (!why.empty()) findings.push_back({"protected", file.path, 0, why + ". Bring it back to what it was"});
  }
}

void FindOversized(const Files& files, std::uint64_t max_file_bytes, Findings& findings) {
  for (const ChangedFile& file : files) {
    if (!file.after || file.after->size() <= max_file_bytes) continue;
    if (file.before && file.before->size() >= file.after->size()) continue;
    findings.push_back({"size", file.path, 0,
                        "the file has " + std::to_string(file.after->size()) + " bytes, more than the " +
                            std::to_string(max_file_bytes) +
                            " that a change may write. Take it out of the repository, or make it smaller"});
  }
}

void FindDependencies(const Files& files, Findings& findings) {
  for (const ChangedFile& file : files)
    if (NamesDependencies(file.path))
      findings.push_back({"dependencies", file.path, 0,
                          "this file names what is downloaded or built in: look whether it does so more than "
                          "the task needs",
                          false});
}

}  // namespace change
