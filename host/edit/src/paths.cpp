// Which paths an answer may touch.
#include <algorithm>
#include <cctype>

#include "mamc/base/text.hpp"
#include "mamc/edit/apply.hpp"
#include "redo.hpp"
#include "tree.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

std::vector<std::string> Names(const std::string& path) {
  std::vector<std::string> names(1);
  for (char c : path)
    if (c == '/')
      names.emplace_back();
    else
      names.back() += c;
  return names;
}

bool IsCi(std::string path) {
  for (std::string_view folder : {".github/", ".gitlab/", ".gitlab-ci/", ".gitea/", ".forgejo/", ".circleci/",
                                  ".ci/", ".buildkite/", ".woodpecker/", ".drone/", ".azure-pipelines/",
                                  ".azuredevops/", ".teamcity/", ".builds/", ".semaphore/", ".tekton/"})
    if (StartsWith(path, folder)) return true;
  if (EndsWith("/" + path, "/jenkinsfile")) return true;  // its place is a setting of the server
  if (EndsWith(path, ".yaml")) path.replace(path.size() - 4, 4, "yml");
  return IsOneOf(path,
                 {".gitlab-ci.yml", ".travis.yml", ".drone.yml", ".woodpecker.yml", "azure-pipelines.yml",
                  "bitbucket-pipelines.yml", "appveyor.yml", ".appveyor.yml", ".cirrus.yml", ".cirrus.star",
                  ".drone.star", ".build.yml", "cloudbuild.yml", "buildspec.yml", "bitrise.yml",
                  "wercker.yml"});
}

// git runs the files of a folder of hooks by their names, and the folder is a setting.
bool IsGitHook(const std::string& path) {
  for (std::string_view name : {"applypatch-msg",    "pre-applypatch",
                                "post-applypatch",   "pre-commit",
                                "pre-merge-commit",  "prepare-commit-msg",
                                "commit-msg",        "post-commit",
                                "pre-rebase",        "post-checkout",
                                "post-merge",        "pre-push",
                                "pre-receive",       "update",
                                "proc-receive",      "post-receive",
                                "post-update",       "reference-transaction",
                                "push-to-checkout",  "pre-auto-gc",
                                "post-rewrite",      "sendemail-validate",
                                "fsmonitor-watchman"})
    if (EndsWith("/" + path, "/hooks/" + std::string(name)) ||
        EndsWith("/" + path, "/.husky/" + std::string(name)) ||
        EndsWith("/" + path, "-hooks/" + std::string(name)) ||
        EndsWith("/" + path, "/.hooks/" + std::string(name)))
      return true;
  return false;
}

bool IsHook(const std::string& path) {
  for (std::string_view folder :
       {".husky/", ".githooks/", ".git-hooks/", "githooks/", ".lefthook/", ".mamc/"})
    if (StartsWith(path, folder)) return true;
  if (IsGitHook(path)) return true;
  // What is run wherever one goes, or when an editor opens the folder.
  for (std::string_view end : {"/.envrc", "/.vscode/tasks.json", "/.gitattributes", "/.hg/hgrc",
                               "/.devcontainer/devcontainer.json", "/.devcontainer.json"})
    if (EndsWith("/" + path, end)) return true;
  for (std::string_view end : {".yml", ".yaml", ".toml", ".json"})
    for (std::string_view stem : {"lefthook", ".lefthook", "lefthook-local", ".lefthook-local",
                                  ".pre-commit-config", ".pre-commit-hooks"})
      if (path == std::string(stem) + std::string(end)) return true;
  return IsOneOf(
      path, {".gitmodules", ".gitconfig", ".overcommit.yml", ".huskyrc", ".huskyrc.json", ".huskyrc.js"});
}

bool IsSecret(const std::vector<std::string>& names) {
  const std::string& name = names.back();
  if (IsOneOf(name,
              {".env.example", ".env.sample", ".env.template", "example.env", "sample.env", "template.env"}))
    return false;
  for (std::size_t i = 0; i + 1 < names.size(); ++i)
    if (IsOneOf(names[i], {".ssh", ".gnupg", ".kube"}) ||
        (names[i] == ".aws" && names[i + 1] == "credentials") ||
        (names[i] == ".docker" && names[i + 1] == "config.json") ||
        (IsOneOf(names[i], {".cargo", ".gem"}) && StartsWith(names[i + 1], "credentials")))
      return true;
  for (std::string_view end : {".yml", ".yaml", ".json", ".toml"})
    if (EndsWith("." + name, ".secrets" + std::string(end))) return true;
  for (std::string_view begin :
       {".env.", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "ssh_host_", "terraform.tfstate"})
    if (StartsWith(name, begin)) return true;
  for (std::string_view end : {".env", ".pem", ".key", ".ppk", ".p12", ".pfx", ".jks", ".keystore"})
    if (EndsWith(name, end)) return true;
  return IsOneOf(name, {".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".my.cnf", ".htpasswd",
                        ".git-credentials", ".vault-token", ".dockercfg", ".dockerconfigjson", "kubeconfig",
                        "credentials.json", "secret.json", "secret.yml", "secret.yaml", ".secrets"});
}

// What a package manager runs on the user's machine when the package is installed.
bool IsInstallScript(const std::string& name) {
  for (std::string_view script : {"preinst", "postinst", "prerm", "postrm"})
    if (name == script || name == std::string(script) + ".sh" || EndsWith(name, "." + std::string(script)))
      return true;
  if (IsOneOf(name, {"preinstall", "postinstall", ".pnpmfile.cjs", ".yarnrc.yml"})) return true;
  for (std::string_view stem : {"install.", "uninstall.", "preinstall.", "postinstall.", "pre-install.",
                                "post-install.", "pre_install.", "post_install."})
    if (StartsWith(name, stem))
      for (std::string_view end : {".sh", ".js", ".mjs", ".cjs", ".py", ".ps1", ".bat"})
        if (EndsWith(name, end)) return true;
  return false;
}

// What Windows takes for a device, whatever stands behind a dot.
bool IsDevice(const std::string& lower_name) {
  const std::string stem = lower_name.substr(0, lower_name.find('.'));
  if (IsOneOf(stem, {"con", "prn", "aux", "nul", "conin$", "conout$"})) return true;
  return stem.size() == 4 && (StartsWith(stem, "com") || StartsWith(stem, "lpt")) &&
         std::isdigit(static_cast<unsigned char>(stem[3]));
}

// Characters that look like a slash or a dot, or like nothing, which some file systems pass over (U+2066 to
// U+206F, with those below).
bool HoldsLookAlike(const std::string& path) {
  for (std::size_t at = path.find("\xE2\x81"); at != std::string::npos; at = path.find("\xE2\x81", at + 1))
    if (at + 2 < path.size() && path[at + 2] >= '\xA6' && path[at + 2] <= '\xAF') return true;
  for (std::string_view sign :
       {"\xE2\x88\x95", "\xE2\x81\x84", "\xE2\xA7\xB8", "\xEF\xBC\x8F", "\xE2\x88\x96", "\xEF\xBC\xBC",
        "\xE2\xA7\xB5", "\xEF\xB9\xA8", "\xEF\xBC\x8E", "\xE2\x80\xA4", "\xE2\x80\xA5", "\xE2\x80\x8B",
        "\xE2\x80\x8C", "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xAA", "\xE2\x80\xAB",
        "\xE2\x80\xAC", "\xE2\x80\xAD", "\xE2\x80\xAE", "\xE2\x81\xA0", "\xEF\xBB\xBF", "\xC2\xAD"})
    if (path.find(sign) != std::string::npos) return true;
  return false;
}

bool HoldsControl(const std::string& path) {
  return std::any_of(path.begin(), path.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '\\'; });
}

// git, and file systems that fold case or trailing dots and spaces, take these for the folder `.word`.
bool IsDotFolder(std::string name, const std::string& word) {
  name = Lower(name);
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.pop_back();
  return name == "." + word || name == word + "~1" || StartsWith(name, "." + word + ":");
}

bool IsAllowed(const std::string& path, const std::vector<std::string>& allowed) {
  return allowed.empty() || std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) {
           return path == entry || (EndsWith(entry, "/") && StartsWith(path, entry));
         });
}

}  // namespace

std::string PathRefusal(const std::string& path, const Policy& policy) {
  if (path.empty()) return "the path is empty";
  if (path.size() > 4096) return "the path is longer than 4096 bytes";
  if (HoldsControl(path) || !IsUtf8(path)) return "the path holds a character that it may not";
  if (HoldsLookAlike(path))
    return "the path holds a character that looks like another: write it in plain letters";
  if (path[0] == '/') return "the path is absolute: give it from the root of the repository";
  if (path[0] == '~' || (path.size() > 1 && path[1] == ':'))
    return "the path begins like one outside the repository: give it from the root of the repository";
  const std::string lower = Lower(path);
  if (lower.find("%2e") != std::string::npos || lower.find("%2f") != std::string::npos ||
      lower.find("%5c") != std::string::npos)
    return "the path is encoded like an address: write it as it is";
  for (const std::string& name : Names(path)) {
    if (name == ".." || name == "." || name.empty())
      return "the path may not hold '..', '.' or an empty name";
    if (name.size() > 255) return "the path holds a name that is longer than 255 bytes";
    if (IsDotFolder(name, "git")) return "files of git itself are never changed";
    if (EndsWith(Lower(name), kRedoSuffix) || Lower(name) == kTemporaryName)
      return "'" + name + "' is named like the record of an edit";
    if (IsDevice(Lower(name))) return "'" + name + "' is the name of a device";
  }
  const std::vector<std::string> names = Names(lower);
  if (!policy.allow_notes && IsDotFolder(names.front(), "ma"))
    return "what machines note below .ma is never edited";
  if (!IsAllowed(path, policy.allowed_paths))
    return "the path is not among the files that may be changed here";
  for (const std::string& extension : policy.blocked_extensions)
    if (!extension.empty() && EndsWith(lower, Lower(extension)))
      return "files that end in " + extension + " may not be changed here";
  if (!policy.allow_ci && IsCi(lower)) return "CI files may not be changed here";
  if (!policy.allow_hooks && IsHook(lower)) return "hooks and git's settings may not be changed here";
  if (!policy.allow_install && IsInstallScript(names.back()))
    return "install scripts may not be changed here";
  if (!policy.allow_secrets && IsSecret(names)) return "files that hold secrets may not be changed here";
  return {};
}

}  // namespace mamc::edit
