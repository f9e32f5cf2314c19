// Which paths an answer may touch.
#include <algorithm>
#include <cctype>

#include "mamc/edit/apply.hpp"

namespace mamc::edit {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool StartsWith(const std::string& text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}
bool EndsWith(const std::string& text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

std::vector<std::string> Names(const std::string& path) {
  std::vector<std::string> names(1);
  for (char c : path)
    if (c == '/')
      names.emplace_back();
    else
      names.back() += c;
  return names;
}

bool IsOneOf(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsCi(const std::string& path) {
  for (std::string_view folder :
       {".github/", ".gitlab/", ".circleci/", ".ci/", ".buildkite/", ".woodpecker/", ".drone/"})
    if (StartsWith(path, folder)) return true;
  return IsOneOf(path, {".gitlab-ci.yml", ".travis.yml", ".drone.yml", ".woodpecker.yml", "jenkinsfile",
                        "azure-pipelines.yml", "bitbucket-pipelines.yml", "appveyor.yml", ".appveyor.yml",
                        ".cirrus.yml"});
}

bool IsHook(const std::string& path) {
  for (std::string_view folder : {".husky/", ".githooks/", ".mamc/"})
    if (StartsWith(path, folder)) return true;
  return IsOneOf(path, {".pre-commit-config.yaml", ".pre-commit-hooks.yaml", "lefthook.yml", ".lefthook.yml",
                        ".gitmodules", ".gitattributes", ".gitconfig", ".envrc"});
}

bool IsSecret(const std::string& name) {
  if (IsOneOf(name, {".env.example", ".env.sample", ".env.template"})) return false;
  if (name == ".env" || StartsWith(name, ".env.") || StartsWith(name, "id_rsa") ||
      StartsWith(name, "id_ed25519"))
    return true;
  for (std::string_view end : {".pem", ".key", ".p12", ".pfx", ".jks", ".keystore"})
    if (EndsWith(name, end)) return true;
  return IsOneOf(name, {".netrc", ".npmrc", ".pypirc", ".git-credentials", "credentials.json"});
}

// git, and file systems that fold case or trailing dots and spaces, take these for `.git`.
bool IsGitFolder(std::string name) {
  name = Lower(name);
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.pop_back();
  return name == ".git" || name == "git~1" || StartsWith(name, ".git:");
}

bool IsAllowed(const std::string& path, const std::vector<std::string>& allowed) {
  return allowed.empty() || std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) {
           return path == entry || (EndsWith(entry, "/") && StartsWith(path, entry));
         });
}

}  // namespace

std::string PathRefusal(const std::string& path, const Policy& policy) {
  if (path.empty()) return "the path is empty";
  if (path.size() > 4096 || path.find_first_of(std::string_view("\0\n\r\\", 4)) != std::string::npos)
    return "the path holds a character that it may not";
  if (path[0] == '/') return "the path is absolute: give it from the root of the repository";
  for (const std::string& name : Names(path)) {
    if (name == ".." || name == "." || name.empty())
      return "the path may not hold '..', '.' or an empty name";
    if (IsGitFolder(name)) return "files of git itself are never changed";
  }
  const std::string lower = Lower(path);
  if (!IsAllowed(path, policy.allowed_paths))
    return "the path is not among the files that may be changed here";
  for (const std::string& extension : policy.blocked_extensions)
    if (!extension.empty() && EndsWith(lower, Lower(extension)))
      return "files that end in " + extension + " may not be changed here";
  if (!policy.allow_ci && IsCi(lower)) return "CI files may not be changed here";
  if (!policy.allow_hooks && IsHook(lower)) return "hooks and git's settings may not be changed here";
  if (!policy.allow_secrets && IsSecret(Names(lower).back()))
    return "files that hold secrets may not be changed here";
  return {};
}

}  // namespace mamc::edit
