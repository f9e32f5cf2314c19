// `mamc-host doctor` over real things: a healthy machine, its configuration, folders and projects, and the
// report.
#include <catch2/catch.hpp>

#include "doctor_machine.hpp"

using namespace mamc;
using namespace mamc::test;

namespace fs = std::filesystem;

TEST_CASE("the doctor of a healthy machine finds nothing to do, ends with 0 and leaves no trace") {
  Machine machine;
  const int code = machine.Ask();
  INFO(machine.said["findings"].dump(1));
  CHECK(code == 0);
  CHECK(machine.Count("problem") == 0);
  CHECK(machine.Count("warning") == 0);
  CHECK(machine.Count("ok") > 8);
  machine.Finding("can be read and written and has a branch 'main'");
  machine.Finding("commits as Builder <builder@example.com>");
  machine.Finding("the model coder is loaded with a context of 32768 tokens");
  machine.Finding("personas that the workflows ask are served");
  CHECK_FALSE(fs::exists(machine.program.dir / "state"));
  CHECK_FALSE(fs::exists(machine.program.dir / "projects"));
  CHECK(machine.git.Git(machine.git.remote(), {"for-each-ref", "--format=%(refname)"}) == "refs/heads/main");
}

TEST_CASE("the doctor says what is set and from where, without secrets") {
  Machine machine;
  machine.program.environment["LM_STUDIO_API_KEY"] = "sk-very-secret";
  machine.program.dir.Write(".env", "PERSONA_CODING_TIMEOUT_MS=900000\n");
  CHECK(machine.Ask() == 0);
  std::map<std::string, Json> settings;
  for (const Json& setting : machine.said["settings"]) settings[setting["key"]] = setting;
  CHECK(settings["state_dir"]["from"] == "mamc.yaml:3:12");
  CHECK(settings["timeouts.coding"]["from"] == ".env:1");
  CHECK(settings["backends.lm-studio.base_url"]["from"] == "environment LM_STUDIO_BASE_URL");
  CHECK(settings["LM_STUDIO_API_KEY"]["value"] == "***");
  CHECK(settings["timeouts.max_retries"]["from"] == "default");
  CHECK_FALSE(Contains(machine.said.dump(), "very-secret"));
}

TEST_CASE(
    "a broken configuration is told with all its places and everything else is looked at all the same") {
  Machine machine;
  machine.Configure({{"no_such_key", "1"}});
  machine.program.environment["ALLOWED_PERSONAS"] = "coordination,lead-enginer";
  CHECK(machine.Ask() == 2);
  CheckFinding(machine.Finding("unknown key 'no_such_key'"), "problem", "mamc.yaml:2:1", "mamc-host init");
  CheckFinding(machine.Finding("there is no persona 'lead-enginer' (did you mean 'lead-engineer'?)"),
               "problem", "environment ALLOWED_PERSONAS", "correct it in environment ALLOWED_PERSONAS");
  machine.Finding("can be read and written and has a branch 'main'");
  machine.Finding("commits as Builder");
}

TEST_CASE("a project without a repository is told in the words that people look for") {
  Machine machine;
  machine.Configure({{"projects", "{shop: {test: sh test.sh}}"}});
  CHECK(machine.Ask() == 1);
  CheckFinding(machine.Finding("project shop has no repository"), "problem", "mamc.yaml:2:12",
               "set projects.shop.repo in mamc.yaml", "No repository remote URL available");
}

TEST_CASE("a git server that is away, refuses the login or has no such branch is told with what to try") {
  Machine machine;
  SECTION("away") {
    const std::string url = "http://127.0.0.1:" + std::to_string(UnusedPort()) + "/shop.git";
    machine.Configure({{"projects", "{shop: {repo: '" + url + "', base: main, test: sh test.sh}}"}});
    CHECK(machine.Ask() == 3);
    CheckFinding(machine.Finding("cannot read " + url), "problem", "project shop, mamc.yaml:2:25",
                 "git ls-remote " + url, "Stale context summary");
  }
  SECTION("a login that is missing") {
    HttpServer server([](const HttpRequest&) {
      return HttpReply{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"git\""}}};
    });
    const std::string url = server.url() + "/shop.git";
    machine.Configure({{"projects", "{shop: {repo: '" + url + "', base: main, test: sh test.sh}}"}});
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("cannot read " + url), "problem", "project shop", "git credential helper",
                 "Stale context summary");
  }
  SECTION("no such branch") {
    machine.Configure({{"projects", "{shop: {repo: '" + machine.git.remote().string() +
                                        "', base: trunk, test: sh test.sh}}"}});
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("has no branch 'trunk'"), "problem", "project shop", "as the project's base",
                 "Stale context summary");
  }
}

TEST_CASE("a base branch that is checked out where it would be written to is told") {
  Machine machine;
  machine.git.Git(machine.git.others(), {"checkout", "--quiet", "main"});
  machine.Configure({{"projects", "{shop: {repo: '" + machine.git.others().string() +
                                      "', base: main, test: sh test.sh, base_writes: true}}"}});
  CHECK(machine.Ask() == 1);
  CheckFinding(machine.Finding("is checked out there"), "problem", "project shop", "base_writes: false");
}

TEST_CASE("tests that cannot pass are told before they fail") {
  Machine machine;
  const std::string repo = machine.git.remote().string();
  SECTION("there is no test command") {
    machine.Configure({{"projects", "{shop: {repo: '" + repo + "', base: main}}"}});
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("project shop has no test command"), "problem", "mamc.yaml:2:12",
                 "set projects.shop.test", "Tests Keep Failing");
  }
  SECTION("its program is not there") {
    machine.Configure(
        {{"projects", "{shop: {repo: '" + repo + "', base: main, test: no-such-program --all}}"}});
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("begins with no-such-program, which is not in PATH"), "warning",
                 "mamc.yaml:2:", "`no-such-program --all` must end with 0", "Tests Keep Failing");
  }
}

TEST_CASE("nobody to commit as, no git and folders that cannot be written are told") {
  Machine machine;
  SECTION("an author") {
    machine.Configure({{"git", ""}});
    machine.program.environment["GIT_CONFIG_NOSYSTEM"] = "1";
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("nobody to commit as"), "problem", "workspace git", "set git.author");
  }
  SECTION("git") {
    machine.program.environment["PATH"] = "/nowhere";
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("the program git is not in PATH"), "problem", "workspace git",
                 "install git");
    CheckFinding(machine.Finding("bubblewrap is not installed"), "note", "", "bubblewrap");
  }
  SECTION("a folder") {
    machine.program.dir.Write("file", "");
    machine.Configure({{"project_base", "file/projects"}});
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("working trees cannot be made in"), "problem", "workspace git",
                 "PROJECT_BASE");
  }
  SECTION("the state directory, which is a setting") {
    machine.program.dir.Write("file", "");
    machine.Configure({{"state_dir", "file/state"}});
    CHECK(machine.Ask() == 2);
    CheckFinding(machine.Finding("file cannot be written to"), "problem", "file/state", "MAMC_STATE_DIR");
    CHECK(machine.program.Run({"--project", "shop", "--drain"}).code == 2);
  }
  SECTION("a state directory that anybody may write to") {
    fs::create_directories(machine.program.dir / "state");
    fs::permissions(machine.program.dir / "state", fs::perms::all);
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("others may write to the state directory"), "warning", "state",
                 "chmod go-w");
  }
}

TEST_CASE("a plugin that is refused and a workflow that does not load are told with their files") {
  Machine machine;
  machine.program.dir.Write("more/steps/acme.lint.so", "no library");
  machine.program.dir.Write("flows/odd.yml", "name: odd\nsteps: [{id: a, type: git-operaton}]\n");
  machine.Configure({{"plugins", "{paths: [more]}"}, {"workflows", "[flows]"}});
  CHECK(machine.Ask() == 2);
  CheckFinding(machine.Finding("plugin steps/acme.lint is refused"), "warning", "more/steps/acme.lint.so",
               "plugin list");
  CheckFinding(machine.Finding("unknown step type 'git-operaton'"), "problem",
               "flows/odd.yml:2:", "workflow check");
}

TEST_CASE("the doctor's advice about definitions names a file as one word, or asks for one") {
  Machine machine;
  machine.program.dir.Write("my flows/odd.yml", "name: odd\nsteps: [{id: a, type: git-operaton}]\n");
  fs::create_symlink("/proc/self/mem", machine.program.dir / "my flows" / "unreadable.yml");
  machine.Configure({{"workflows", "[my flows]"}});
  CHECK(machine.Ask() == 2);
  CheckFinding(machine.Finding("unknown step type 'git-operaton'"), "problem", "odd.yml:2:",
               "workflow check '" + (machine.program.dir / "my flows" / "odd.yml").string() + "'`");
  CheckFinding(machine.Finding("unreadable.yml"), "problem", "", "workflow check FILE`");
}

TEST_CASE("a judge without a verdict is told") {
  Machine machine;
  machine.program.dir.Write("flows/personas/plan-evaluator.yml",
                            "id: plan-evaluator\nname: E\nprompt: Judge.\n");
  machine.Configure({{"workflows", "[flows]"}});
  CHECK(machine.Ask() == 2);
  const Json finding = machine.Finding("what persona plan-evaluator says decides in workflow");
  CheckFinding(finding, "problem", "flows/personas/plan-evaluator.yml", "give that persona a `verdict:`");
  CHECK(Contains(finding["what"], "could never pass, and no run of that workflow is begun"));
  // As the host has it.
  CHECK(machine.program.Run({"task", "add", "--project", "shop", "--title", "T"}).code == 0);
  Ran host = machine.program.Run({"--project", "shop", "--drain"});
  CHECK(host.code == 2);
  CHECK(Contains(host.err, "nothing was begun: what persona plan-evaluator says decides"));
}

TEST_CASE("the doctor's report is for people and ends with a count") {
  Machine machine;
  machine.Configure({{"projects", "{shop: {test: sh test.sh}}"}});
  Ran ran = machine.program.Run({"doctor"});
  CHECK(ran.code == 1);
  CHECK(Contains(ran.out,
                 "  problem  project shop has no repository\n"
                 "           seen as: \"No repository remote URL available\"\n"
                 "           where: mamc.yaml:2:12\n"
                 "           do: set projects.shop.repo in mamc.yaml"));
  CHECK(Contains(ran.out, "\n1 problem, 0 warnings\n"));
  CHECK_FALSE(Contains(ran.out, "\x1b"));
}

TEST_CASE("the doctor looks at one project when it is told to") {
  Machine machine;
  machine.Configure({{"projects", "{shop: {repo: '" + machine.git.remote().string() +
                                      "', base: main, test: sh test.sh}, other: {test: sh test.sh}}"}});
  CHECK(machine.Ask() == 1);
  machine.Finding("project other has no repository");
  CHECK(machine.Ask({"--project", "shop"}) == 0);
}
