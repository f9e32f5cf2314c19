// Implementation: two locks beside the mirror. `mirror.lock` is held by us while we use the mirror's names;
// `git.lock` is held by the child itself (through flock(1)), so that a child that outlived its host still
// keeps others out, and a *.lock file that is found while both are free belongs to nobody.
#include "mamc/git/remote.hpp"

#include <mamc/abi.h>

#include <algorithm>
#include <cstdlib>

#include "mamc/git/lock.hpp"
#include "mamc/git/repo.hpp"

namespace mamc::git {

namespace fs = std::filesystem;
using sdk::Failure;
using sdk::Json;

namespace {

constexpr std::int64_t kNetworkTimeoutMs = 10 * 60 * 1000;

bool Contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

bool ContainsAny(const std::string& text, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const char* part) { return Contains(text, part); });
}

// "host:path", as ssh writes it; a slash before the colon makes it a path.
bool IsScpLike(const std::string& remote) {
  std::size_t colon = remote.find(':');
  return colon != std::string::npos && colon > 0 && remote.find('/') > colon;
}

mamc_code CodeOf(const std::string& words) {
  if (ContainsAny(words, {"Permission denied", "Authentication failed", "could not read Username",
                          "could not read Password", "Host key verification failed", "dubious ownership",
                          "returned error: 401", "returned error: 403"}))
    return MAMC_E_PERMISSION;
  if (ContainsAny(words, {"does not appear to be a git repository", "Repository not found",
                          "repository not found", "does not exist", "No such file or directory"}))
    return MAMC_E_NOT_FOUND;
  return MAMC_E_UNAVAILABLE;
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

// The user's own ssh command stands; without one ssh must fail instead of asking.
Json Environment() {
  Json env = {{"GIT_TERMINAL_PROMPT", "0"}, {"LC_ALL", "C"}, {"GIT_OPTIONAL_LOCKS", "0"}};
  if (std::getenv("GIT_SSH_COMMAND") == nullptr && std::getenv("GIT_SSH") == nullptr)
    env["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes";
  return env;
}

Json InheritedNames() {
  return Json::array({"SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_SSH", "GIT_ASKPASS", "SSH_ASKPASS",
                      "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "http_proxy", "https_proxy",
                      "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "GIT_SSL_CAINFO"});
}

}  // namespace

std::string NormalRemote(const std::string& remote) {
  if (remote.empty() || remote[0] == '-' || remote.find("::") != std::string::npos ||
      remote.find('\n') != std::string::npos)
    throw Failure(MAMC_E_INVALID,
                  "'" + remote + "' is not a repository that can be used: give a path, a URL or host:path");
  if (Contains(remote, "://") || IsScpLike(remote)) return remote;
  return fs::weakly_canonical(fs::absolute(remote)).string();
}

fs::path LocalFolder(const std::string& normal_remote) {
  constexpr std::string_view kScheme = "file://";
  if (normal_remote.starts_with("/")) return normal_remote;
  if (normal_remote.starts_with(kScheme)) return normal_remote.substr(kScheme.size());
  return {};
}

sdk::Task<Remote::Ended> Remote::RunGit(std::vector<std::string> arguments, std::string what) {
  Json argv = Json::array(
      {"flock", "-x", (mirror_.parent_path() / "git.lock").string(), "git", "-c", "core.hooksPath=/dev/null",
       "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c",
       "protocol.ext.allow=never", "-c", "safe.directory=" + mirror_.string(), "-c",
       LocalFolder(remote_).empty() ? "protocol.file.allow=never" : "protocol.file.allow=always",
       "--git-dir=" + mirror_.string()});
  for (std::string& argument : arguments) argv.push_back(std::move(argument));
  Json input = Json::object();
  input["argv"] = std::move(argv);
  input["cwd"] = mirror_.parent_path().string();
  input["env"] = Environment();
  input["inherit_env"] = InheritedNames();
  input["timeout_ms"] = kNetworkTimeoutMs;
  std::string key = "git/" + std::to_string(++calls_);
  Json child = co_await context_.Child(std::move(key), "spawn", std::move(input));

  Ended ended;
  ended.out = child.value("stdout", "");
  ended.err = Trimmed(child.value("stderr", ""));
  if (child.value("timed_out", false))
    throw Failure(MAMC_E_TIMEOUT, what + ": git did not end in time; its last words: " + ended.err);
  ended.exit_code =
      child.contains("exit_code") && child["exit_code"].is_number() ? child["exit_code"].get<int>() : -1;
  if (ended.exit_code == 127 || Contains(ended.err, "failed to execute git"))
    throw Failure(MAMC_E_FAILED, what + ": the program git (or flock) is not installed");
  co_return ended;
}

void Remote::EnsureMirror() {
  const fs::path parent = mirror_.parent_path();
  {
    FileLock child_is_gone(parent / "git.lock", [this] { return context_.cancelled(); });
  }
  if (fs::exists(mirror_)) {
    RemoveStaleLocks(mirror_);
    return;
  }
  const fs::path making = parent / "mirror.git.new";
  fs::remove_all(making);
  Repo::InitBare(making);
  Repo repo = Repo::OpenBare(making);
  repo.SetConfig("remote.origin.url", remote_);
  repo.SetConfig("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*");
  repo.SetConfig("gc.auto", "0");
  repo.SetConfig("core.logAllRefUpdates", "false");
  fs::rename(making, mirror_);
}

sdk::Task<void> Remote::Fetch() {
  FileLock lock(mirror_.parent_path() / "mirror.lock", [this] { return context_.cancelled(); });
  EnsureMirror();
  std::vector<std::string> arguments{
      "fetch", "--prune", "--no-tags", "--quiet", "--no-write-fetch-head", "--no-recurse-submodules",
      "origin"};
  std::string what = "fetch from " + remote_;
  Ended ended = co_await RunGit(std::move(arguments), what);
  if (ended.exit_code != 0) throw Failure(CodeOf(ended.err), "cannot " + what + ": " + ended.err);
}

sdk::Task<std::string> Remote::DefaultBranch() {
  std::string known = Repo::OpenBare(mirror_).Config("mamc.default-branch");
  if (!known.empty()) co_return known;
  std::vector<std::string> arguments{"ls-remote", "--symref", "origin", "HEAD"};
  std::string what = "ask " + remote_ + " for its default branch";
  Ended ended = co_await RunGit(std::move(arguments), what);
  if (ended.exit_code != 0) throw Failure(CodeOf(ended.err), "cannot " + what + ": " + ended.err);
  // "ref: refs/heads/main\tHEAD"
  const std::string start = "ref: refs/heads/";
  std::size_t end = ended.out.find('\t');
  if (!ended.out.starts_with(start) || end == std::string::npos)
    throw Failure(MAMC_E_NOT_FOUND, remote_ + " has no default branch: name the base branch of the project");
  std::string branch = ended.out.substr(start.size(), end - start.size());
  Repo::OpenBare(mirror_).SetConfig("mamc.default-branch", branch);
  co_return branch;
}

sdk::Task<bool> Remote::Push(std::string commit, std::string branch) {
  FileLock lock(mirror_.parent_path() / "mirror.lock", [this] { return context_.cancelled(); });
  EnsureMirror();
  std::vector<std::string> arguments{"push",        "--porcelain",
                                     "--no-verify", "--no-recurse-submodules",
                                     "origin",      commit + ":refs/heads/" + branch};
  std::string what = "push the branch '" + branch + "' to " + remote_;
  Ended ended = co_await RunGit(std::move(arguments), what);
  if (ended.exit_code == 0) {
    Repo::OpenBare(mirror_).SetRef("refs/remotes/origin/" + branch, commit);
    co_return true;
  }
  // Porcelain: "!<tab>from:to<tab>[rejected] (fetch first)" when the branch moved, "[remote rejected] (why)"
  // otherwise.
  if (ContainsAny(ended.out, {"[rejected]", "cannot lock ref", "failed to update ref", "incorrect old value",
                              "fetch first", "non-fast-forward"}))
    co_return false;
  if (Contains(ended.out, "[remote rejected]"))
    throw Failure(MAMC_E_PERMISSION,
                  "the other side refused to let us " + what + ": " + Trimmed(ended.out + ended.err));
  throw Failure(CodeOf(ended.err), "cannot " + what + ": " + ended.err);
}

std::optional<std::string> Remote::Branch(const std::string& branch) const {
  if (!fs::exists(mirror_)) return std::nullopt;
  return Repo::OpenBare(mirror_).Ref("refs/remotes/origin/" + branch);
}

}  // namespace mamc::git
