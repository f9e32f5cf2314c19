#include "self_test.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "mamc/git/json.hpp"
#include "mamc/git/remote.hpp"

namespace git_workspace {
namespace {

namespace fs = std::filesystem;
using namespace mamc::git;
using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Json;
using mamc::sdk::SelfTest;
using mamc::sdk::Task;

// A folder of the call's own, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "mamc-git-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw Failure(MAMC_E_FAILED, "cannot make " + name + ": " + std::strerror(errno));
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // what is left is in the system's temporary folder
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The first run makes the folder, and those above it that are missing.
void TestFolder(const fs::path& project_base, SelfTest& test) {
  fs::path existing = project_base;
  std::error_code error;
  while (existing.has_relative_path() && !fs::exists(existing, error)) existing = existing.parent_path();
  if (fs::is_directory(existing, error) && ::access(existing.c_str(), W_OK | X_OK) == 0)
    return test.Fact("works in " + project_base.string());
  const std::string why = fs::is_directory(existing, error) ? std::strerror(errno) : "it is no folder";
  test.Problem(
      MAMC_E_PERMISSION,
      "working trees cannot be made in " + project_base.string() + ": " + existing.string() + ": " + why,
      "give it to the user that runs the host, or set PROJECT_BASE (project_base) to a folder that is "
      "that user's");
}

std::string AdviceFor(const Failure& failure, const std::string& remote) {
  const std::string by_hand = CommandToTry(remote);
  if (failure.code() == MAMC_E_PERMISSION)
    return "try `" + by_hand +
           "` as the user that runs the host; it must work without a question: an ssh key or agent and a "
           "known host, "
           "or a git credential helper, that may push";
  if (failure.code() == MAMC_E_NOT_FOUND)
    return "correct the address of the repository, or make the repository";
  if (failure.code() == MAMC_E_UNAVAILABLE || failure.code() == MAMC_E_TIMEOUT)
    return "try `" + by_hand + "`: is the network there, and is that the address of the server?";
  return "install git and flock (util-linux), and try `" + by_hand + "`";
}

// For a path: what git itself would find out only with the first object that it reads or writes.
void TestStore(const fs::path& folder, SelfTest& test) {
  std::error_code error;
  const fs::path store = fs::exists(folder / "objects", error) ? folder : folder / ".git";
  const fs::path objects = store / "objects";
  if (!fs::exists(objects, error)) return;
  if (::access(objects.c_str(), W_OK) != 0)
    test.Problem(MAMC_E_PERMISSION, "cannot write to " + folder.string() + ": " + std::strerror(errno),
                 "give the repository to the user that runs the host, or share it with a group");
  if (fs::exists(store / "shallow", error))
    test.Problem(MAMC_E_INVALID,
                 folder.string() + " is a shallow clone, which lacks the beginning of its history",
                 "complete it with `git fetch --unshallow` there");
}

Task<void> TestReach(Context& context, Access access, std::string remote, std::string base, SelfTest& test) {
  const TemporaryFolder folder;
  Remote other(context, folder.path() / "mirror.git", remote, std::move(access));
  std::optional<Failure> failed;
  try {
    const bool has_base = co_await other.Ask(base);
    const std::string branch = base.empty() ? "a current branch" : "a branch '" + base + "'";
    if (has_base)
      test.Fact(remote + " can be read and written and has " + branch);
    else
      test.Problem(MAMC_E_NOT_FOUND, remote + " can be read and written and has no " + branch.substr(2),
                   "push a first commit to it, or name a branch that is there as the project's base");
  } catch (const Failure& failure) {
    if (failure.code() == MAMC_E_CANCELLED) throw;
    failed = failure;
  }
  if (failed) test.Problem(failed->code(), failed->what(), AdviceFor(*failed, remote));
}

}  // namespace

Json TestMachine(const fs::path& project_base, const std::optional<Author>& author) {
  SelfTest test;
  const std::optional<Author> known = author ? author : ConfiguredAuthor();
  if (known)
    test.Fact("commits as " + known->name + " <" + known->email + ">");
  else
    test.Problem(MAMC_E_INVALID, kNoAuthor, kNameAuthor);
  TestFolder(project_base, test);
  for (const char* program : {"git", "flock"})
    if (mamc::sdk::FindProgram(program).empty())
      test.Problem(MAMC_E_NOT_FOUND, std::string("the program ") + program + " is not in PATH",
                   "install git and util-linux, to which it belongs");
  return test.result();
}

Task<Json> TestRepository(Context& context, const Access& access, Json input) {
  const std::string remote = NormalRemote(RequiredText(input, "repo"));
  const std::string base = Text(input, "base");
  const fs::path folder = LocalFolder(remote);
  SelfTest test;
  if (!folder.empty() && input.value("writes_base", true))
    if (const auto refusal = RefusalOfPush(folder, base))
      test.Problem(MAMC_E_PERMISSION, refusal->why, refusal->advice);
  if (input.value("reach", false)) {
    if (!folder.empty()) TestStore(folder, test);
    co_await TestReach(context, access, remote, base, test);
  }
  co_return test.result();
}

}  // namespace git_workspace
