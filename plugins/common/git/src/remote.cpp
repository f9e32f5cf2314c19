// Implementation: two locks beside the mirror. `mirror.lock` is held by us while we use the mirror's names;
// `git.lock` is held by the child itself (through flock(1)), so that a child that outlived its host still
// keeps others out, and a *.lock file that is found while both are free belongs to nobody.
#include "mamc/git/remote.hpp"

#include <mamc/abi.h>

#include <algorithm>
#include <sstream>

#include "address.hpp"
#include "credentials.hpp"
#include "mamc/base/address.hpp"
#include "mamc/base/text.hpp"
#include "mamc/git/lock.hpp"
#include "mamc/git/repo.hpp"

namespace mamc::git {

namespace fs = std::filesystem;
using sdk::Failure;
using sdk::Json;

namespace {

const std::string kBranches = "refs/remotes/origin/";  // of the remote, in the mirror

bool ContainsAny(const std::string& text, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const char* part) { return Contains(text, part); });
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

// Why the other side refused a push: what its hooks say ("remote: …") and the reason in git's own line,
// "!<tab>from:to<tab>[remote rejected] (why)". All of git's words when there is neither.
std::string WhyRefused(const std::string& out, const std::string& err) {
  std::string why;
  const auto add = [&](const std::string& words) { why += (why.empty() ? "" : "; ") + words; };
  std::istringstream said(err), told(out);
  const std::string kSays = "remote:";
  for (std::string line; std::getline(said, line);) {
    const std::string words = line.starts_with(kSays) ? Trimmed(line.substr(kSays.size())) : "";
    const std::size_t begin = words.find_first_not_of(' ');
    if (begin != std::string::npos) add(words.substr(begin));
  }
  for (std::string line; std::getline(told, line);) {
    const std::size_t reason = line.find("[remote rejected] (");
    if (reason != std::string::npos) add(line.substr(line.find('(', reason)));
  }
  return why.empty() ? Trimmed(out + err) : why;
}

Json InheritedNames() {
  return Json::array({"SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_SSH", "GIT_ASKPASS", "SSH_ASKPASS",
                      "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "http_proxy", "https_proxy",
                      "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "GIT_SSL_CAINFO"});
}

}  // namespace

std::string NormalRemote(const std::string& remote) {
  const RemoteAddress address = AddressOf(remote);
  if (HoldsPassword(remote))
    throw Failure(MAMC_E_INVALID, "the address of the repository at " + address.host + " " + kHoldsPassword);
  if (remote.empty() || remote[0] == '-' || remote.find("::") != std::string::npos ||
      remote.find('\n') != std::string::npos)
    throw Failure(MAMC_E_INVALID,
                  "'" + remote + "' is not a repository that can be used: give a path, a URL or host:path");
  if (!address.scheme.empty()) return remote;
  return fs::weakly_canonical(fs::absolute(remote)).string();
}

fs::path LocalFolder(const std::string& normal_remote) {
  constexpr std::string_view kScheme = "file://";
  if (normal_remote.starts_with("/")) return normal_remote;
  if (normal_remote.starts_with(kScheme)) return normal_remote.substr(kScheme.size());
  return {};
}

std::string CommandToTry(const std::string& normal_remote) {
  return "git ls-remote " + ShellWord(normal_remote);
}

bool IsAbove(const std::string& above, const std::string& below) {
  return below.starts_with(above + "/");
}

sdk::Task<Json> Remote::Spawn(std::vector<std::string> argv, Json env) {
  Json input = Json::object();
  input["argv"] = std::move(argv);
  input["cwd"] = mirror_.parent_path().string();
  input["env"] = std::move(env);
  input["inherit_env"] = InheritedNames();
  input["timeout_ms"] = access_.time_limit_ms;
  std::string key = "git/" + std::to_string(++calls_);
  co_return co_await context_.Child(std::move(key), "spawn", std::move(input));
}

sdk::Task<Remote::Ended> Remote::RunGit(std::vector<std::string> arguments, std::string what) {
  const RemoteAddress address = AddressOf(remote_);
  const Credentials credentials = CredentialsFor(context_, access_, address);
  std::vector<std::string> argv = {
      "flock",
      "-x",
      (mirror_.parent_path() / "git.lock").string(),
      "git",
      "-c",
      "core.hooksPath=/dev/null",
      "-c",
      "core.fsmonitor=false",
      "-c",
      "gc.auto=0",
      "-c",
      "maintenance.auto=false",
      "-c",
      "core.fsync=committed",  // what the journal knows of is to be there after a power failure
      "-c",
      "protocol.ext.allow=never",
      "-c",
      "safe.directory=" + mirror_.string(),
      "-c",
      LocalFolder(remote_).empty() ? "protocol.file.allow=never" : "protocol.file.allow=always"};
  for (std::string& argument : CredentialArguments(credentials, address)) argv.push_back(std::move(argument));
  argv.push_back("--git-dir=" + mirror_.string());
  for (std::string& argument : arguments) argv.push_back(std::move(argument));
  if (LocalFolder(remote_).empty()) context_.Log(MAMC_LOG_INFO, what);
  Json env = GitEnvironment(credentials, access_, address, mirror_.parent_path());
  Json child = co_await Spawn(std::move(argv), std::move(env));

  Ended ended;
  ended.out = Masked(child.value("stdout", ""), credentials);
  ended.err = Masked(Trimmed(child.value("stderr", "")), credentials);
  if (child.value("timed_out", false)) ThrowTimedOut(what, ended.err);
  ended.exit_code =
      child.contains("exit_code") && child["exit_code"].is_number() ? child["exit_code"].get<int>() : -1;
  if (ended.exit_code == 127 || Contains(ended.err, "failed to execute git"))
    throw Failure(MAMC_E_FAILED, what + ": the program git (or flock) is not installed");
  co_return ended;
}

void Remote::ThrowTimedOut(const std::string& what, const std::string& last_words) const {
  const std::int64_t seconds = access_.time_limit_ms / 1000;
  const std::string limit =
      seconds % 60 == 0 ? std::to_string(seconds / 60) + " min" : std::to_string(seconds) + " s";
  throw Failure(
      MAMC_E_TIMEOUT,
      "cannot " + what + ": git did not end within " + limit +
          " (workspaces.git.time_limit_ms) and was stopped; " +
          (last_words.empty() ? "it said nothing: does the server answer, or does a hook there hang?"
                              : "its last words: " + last_words));
}

// git has failed at something that is not explained otherwise.
sdk::Task<void> Remote::Throw(Ended ended, std::string what) {
  const std::string advice = co_await Advice(ended.err);
  throw Failure(CodeOf(ended.err), "cannot " + what + ": " + ended.err + advice);
}

void Remote::EnsureMirror() {
  const fs::path parent = mirror_.parent_path();
  {
    FileLock child_is_gone(parent / "git.lock", [this] { return context_.cancelled(); });
  }
  if (fs::exists(mirror_)) {
    RemoveStaleLocks(mirror_);
    const std::string url = RecordedUrl();
    if (url != remote_)
      throw Failure(MAMC_E_FAILED, mirror_.string() + " is the mirror of " + url + " and not of " + remote_ +
                                       ": remove the folder " + parent.string() + " when nothing runs");
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

std::string Remote::RecordedUrl() const {
  try {
    return Repo::OpenBare(mirror_).Config("remote.origin.url");
  } catch (const Failure& failure) {
    throw Failure(failure.code(), failure.message() + HowToRemakeMirror());
  }
}

sdk::Task<void> Remote::Fetch() {
  FileLock lock(mirror_.parent_path() / "mirror.lock", [this] { return context_.cancelled(); });
  EnsureMirror();
  std::vector<std::string> arguments{
      "fetch", "--prune", "--no-tags", "--quiet", "--no-write-fetch-head", "--no-recurse-submodules",
      "origin"};
  std::string what = "fetch from " + remote_;
  Ended ended = co_await RunGit(std::move(arguments), what);
  // git leaves out what it may not take, and calls that success.
  if (ended.exit_code == 0 && ended.err.find("shallow roots are not allowed") != std::string::npos)
    throw Failure(MAMC_E_INVALID, remote_ +
                                      " is a shallow clone, which lacks the beginning of its history: "
                                      "complete it with `git fetch --unshallow` there");
  if (ended.exit_code != 0) co_await Throw(std::move(ended), std::move(what));
}

sdk::Task<std::string> Remote::DefaultBranch() {
  std::string known = Repo::OpenBare(mirror_).Config("mamc.default-branch");
  if (!known.empty()) co_return known;
  std::vector<std::string> arguments{"ls-remote", "--symref", "origin", "HEAD"};
  std::string what = "ask " + remote_ + " for its default branch";
  Ended ended = co_await RunGit(std::move(arguments), what);
  if (ended.exit_code != 0) co_await Throw(std::move(ended), std::move(what));
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
    Repo::OpenBare(mirror_).SetRef(kBranches + branch, commit);
    co_return true;
  }
  // Porcelain: "!<tab>from:to<tab>[rejected] (fetch first)" when the branch moved, "[remote rejected] (why)"
  // otherwise.
  if (ContainsAny(ended.out, {"[rejected]", "cannot lock ref", "failed to update ref", "incorrect old value",
                              "fetch first", "non-fast-forward"})) {
    const bool is_locked = Contains(ended.err, ".lock': File exists");
    if (is_locked && !LocalFolder(remote_).empty())
      WaitOutBranchLocks(LocalFolder(remote_), branch, [this] { return context_.cancelled(); });
    co_return false;
  }
  if (Contains(ended.out, "[remote rejected]"))
    throw Failure(MAMC_E_PERMISSION,
                  "the other side refused to let us " + what + ": " + WhyRefused(ended.out, ended.err) +
                      "\nThe commit is kept on this machine: git --git-dir=" + ShellWord(mirror_.string()) +
                      " show " + commit);
  co_await Throw(std::move(ended), std::move(what));
  co_return false;
}

sdk::Task<bool> Remote::Ask(std::string base) {
  EnsureMirror();
  const std::string ref = base.empty() ? "HEAD" : "refs/heads/" + base;
  std::vector<std::string> look{"ls-remote", "--symref", "origin", ref};
  std::string what = "read " + remote_;
  Ended read = co_await RunGit(std::move(look), what);
  if (read.exit_code != 0) co_await Throw(read, what);

  // An empty mirror has nothing that matches, so that only the way there is tried, and the login.
  std::vector<std::string> offer{"push", "--dry-run", "--porcelain", "--no-verify", "origin", ":"};
  what = "write to " + remote_;
  Ended written = co_await RunGit(std::move(offer), what);
  const bool nothing_in_common = Contains(written.err, "No refs in common");  // it has no branch at all
  if (written.exit_code != 0 && !nothing_in_common) co_await Throw(written, what);
  const bool is_branch = !base.empty() || read.out.starts_with("ref: refs/heads/");
  co_return is_branch&& read.out.ends_with(ref + "\n");
}

std::optional<std::string> Remote::Branch(const std::string& branch) const {
  if (!fs::exists(mirror_)) return std::nullopt;
  return Repo::OpenBare(mirror_).Ref(kBranches + branch);
}

std::string Remote::BranchInTheWay(const std::string& branch) const {
  for (std::size_t slash = branch.find('/'); slash != std::string::npos; slash = branch.find('/', slash + 1))
    if (Branch(branch.substr(0, slash))) return branch.substr(0, slash);
  if (!fs::exists(mirror_)) return {};
  const std::string below = Repo::OpenBare(mirror_).FirstRefBelow(kBranches + branch);
  return below.empty() ? "" : below.substr(kBranches.size());
}

}  // namespace mamc::git
