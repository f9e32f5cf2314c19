// What the doctor hears of repositories: nothing is changed there.
#include "git_workspaces.hpp"
#include "mamc/base/text.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

TEST_CASE("the self-test tells of a base branch that is checked out where it would be pushed to") {
  GitFixture git;
  Workspaces workspaces(git);
  auto Test = [&](const fs::path& repo, const std::string& base) {
    return workspaces.Ok(MAMC_VERB_SELFTEST, {{"repo", repo.string()}, {"base", base}});
  };
  CHECK(Test(git.remote(), "main")["ok"] == true);
  const fs::path clone = git.others();
  git.Git(clone, {"checkout", "--quiet", "main"});
  for (const char* base : {"main", ""}) {
    const Json refused = Test(clone, base);
    CHECK(refused["ok"] == false);
    const std::string why = refused["findings"][0]["text"];
    CHECK(why.find("the branch 'main' of " + clone.string() + " is checked out there") != std::string::npos);
  }
  const fs::path quoted = git.root() / "it's here";
  git.Git(git.root(), {"clone", "--quiet", "--no-local", clone.string(), quoted.string()});
  const std::string advice = Test(quoted, "")["findings"][0]["advice"];
  CHECK(advice.find("git -C " + ShellWord(quoted.string()) + " config") != std::string::npos);
  CHECK(Test("file://" + clone.string(), "main")["ok"] == false);
  CHECK(Test(clone, "release")["ok"] == true);
  CHECK(Test(git.root() / "nothing", "main")["ok"] == true);
  git.Git(clone, {"config", "receive.denyCurrentBranch", "updateInstead"});
  CHECK(Test(clone, "main")["ok"] == true);
  git.Git(clone, {"config", "receive.denyCurrentBranch", "refuse"});
  CHECK(Test(clone, "main")["ok"] == false);
  git.Git(clone, {"checkout", "--quiet", "-b", "elsewhere"});
  CHECK(Test(clone, "main")["ok"] == true);
}

TEST_CASE("the self-test says as whom it commits") {
  GitFixture git;
  Workspaces workspaces(git);
  Json said = workspaces.Ok(MAMC_VERB_SELFTEST, Json::object());
  CHECK(said["ok"] == true);
  CHECK(said["facts"][0] == "commits as Müller <m@example.com>");
}

TEST_CASE("the self-test asks the remote whether it may be read and written and changes nothing there") {
  GitFixture git;
  Workspaces workspaces(git);
  auto Reach = [&](const std::string& repo, const std::string& base) {
    return workspaces.Ok(MAMC_VERB_SELFTEST, {{"repo", repo}, {"base", base}, {"reach", true}});
  };
  const std::string before = git.Git(git.remote(), {"for-each-ref"});
  CHECK(Reach(git.remote().string(), "main")["ok"] == true);
  CHECK(Reach(git.remote().string(), "")["ok"] == true);
  CHECK(git.Git(git.remote(), {"for-each-ref"}) == before);
  CHECK_FALSE(fs::exists(git.project_base()));

  const Json no_branch = Reach(git.remote().string(), "trunk");
  CHECK(no_branch["ok"] == false);
  CHECK(no_branch["findings"][0]["text"] ==
        git.remote().string() + " can be read and written and has no branch 'trunk'");
  const Json nothing = Reach((git.root() / "nothing.git").string(), "main");
  CHECK(nothing["findings"][0]["code"] == MAMC_E_NOT_FOUND);
  git.Git(git.root(), {"init", "--quiet", "--bare", "empty.git"});
  CHECK(Reach((git.root() / "empty.git").string(), "main")["findings"][0]["code"] == MAMC_E_NOT_FOUND);
  git.Git(git.root(),
          {"clone", "--quiet", "--bare", "--depth", "1", "file://" + git.remote().string(), "shallow"});
  const Json shallow = Reach((git.root() / "shallow").string(), "main")["findings"][0];
  CHECK_THAT(shallow["text"].get<std::string>(), Catch::Contains("is a shallow clone"));
  CHECK_THAT(shallow["advice"].get<std::string>(), Catch::Contains("fetch --unshallow"));
  const std::string away = "http://127.0.0.1:1/shop.git";
  const Json unreachable = Reach(away, "main");
  CHECK(unreachable["findings"][0]["code"] == MAMC_E_UNAVAILABLE);
  CHECK(unreachable["findings"][0]["advice"].get<std::string>().find("git ls-remote " + away) !=
        std::string::npos);
}

TEST_CASE("the self-test tells of a base that no branch is") {
  GitFixture git;
  Workspaces workspaces(git);
  Json input = {{"repo", git.others().string()}, {"base", ""}, {"reach", true}};
  git.Git(git.others(), {"checkout", "--quiet", "--detach"});
  const Json detached = workspaces.Ok(MAMC_VERB_SELFTEST, input);
  CHECK(detached["findings"][0]["text"] ==
        git.others().string() + " can be read and written and has no current branch");
  input["base"] = "main";
  CHECK(workspaces.Ok(MAMC_VERB_SELFTEST, input)["ok"] == true);
}

TEST_CASE("the self-test lets a checked-out base be where nobody writes to it") {
  GitFixture git;
  Workspaces workspaces(git);
  git.Git(git.others(), {"checkout", "--quiet", "main"});
  Json input = {{"repo", git.others().string()}, {"base", "main"}, {"writes_base", true}};
  CHECK(workspaces.Ok(MAMC_VERB_SELFTEST, input)["ok"] == false);
  input["writes_base"] = false;
  CHECK(workspaces.Ok(MAMC_VERB_SELFTEST, input)["ok"] == true);
}
