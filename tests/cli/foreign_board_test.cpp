// What a board of others says is shown without harm, also where a person pastes it into a shell.
#include <catch2/catch.hpp>

#include "program.hpp"
#include "support/dashboard_server.hpp"
#include "support/http_server.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

constexpr const char* kOddId = "7;$(reboot)\x1b[31m";

// A dashboard that has one task, of an id that somebody chose with care.
struct OddBoard {
  explicit OddBoard(const std::string& status)
      : server([status](const HttpRequest& request) {
          const Json task = {{"id", kOddId},
                             {"title", "x"},
                             {"status", status},
                             {"labels", Json::array({"mamc:blocked:person"})},
                             {"lock_version", 1}};
          Json answer = task;
          if (request.target.find("/artifacts") != std::string::npos ||
              request.target.ends_with("/milestones"))
            answer = Json::array();
          if (request.target.ends_with("tasks:bulk"))
            answer = {{"created", Json::array({task})}, {"skipped", Json::array()}};
          return HttpReply{.status = 200, .body = answer.dump()};
        }) {
    program.environment["DASHBOARD_API_BASE_URL"] = server.url();
    program.dir.Write(
        "mamc.yaml",
        "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}, other: {repo: /srv/o.git}}\n");
  }

  HttpServer server;
  Program program;
};

}  // namespace

TEST_CASE("the id of a task is one word in commands to paste and moves no terminal") {
  OddBoard blocked("blocked");
  const Ran shown = blocked.program.Run({"task", "show", kOddId, "--project", "shop"});
  INFO(shown.out << shown.err);
  CHECK(shown.code == 0);
  CHECK(Contains(shown.out, "task unblock '7;$(reboot) [31m' --project shop\n"));
  CHECK_FALSE(Contains(shown.out, "\x1b"));

  const Ran added = blocked.program.Run({"task", "add", "--project", "shop", "--title", "x"});
  INFO(added.err);
  CHECK(added.out == "7;$(reboot) [31m\n");

  OddBoard busy("in_progress");
  busy.program.dir.Write("conf/mamc.yaml", busy.program.dir.Read("mamc.yaml"));
  const Ran set = busy.program.Run(
      {"task", "set", kOddId, "--project", "shop", "--status", "open", "--config", "conf/mamc.yaml"});
  INFO(set.err);
  CHECK(Contains(set.err, " --config " + (busy.program.dir / "conf/mamc.yaml").string() +
                              " runs list --task '7;$(reboot) [31m' --status running`"));
  CHECK(Contains(set.err, (busy.program.dir / "conf/mamc.yaml").string() + " runs cancel RUN`"));
  CHECK_FALSE(Contains(set.err, "\x1b"));
}

TEST_CASE("commands to paste name the folders that were given") {
  OddBoard blocked("blocked");
  std::filesystem::create_directories(blocked.program.dir / "my plugins");
  const Ran shown = blocked.program.Run(
      {"--plugins", "my plugins", "--workflows", "my plugins", "task", "show", kOddId, "--project", "shop"});
  INFO(shown.out << shown.err);
  const std::string folder = "'" + (blocked.program.dir / "my plugins").string() + "'";
  CHECK(Contains(shown.out, " --plugins " + folder + " --workflows " + folder + " task unblock "));
}

TEST_CASE("a password in the address of a repository that a board has is not shown") {
  DashboardServer dashboard({"shop"});
  Program program;
  program.environment["DASHBOARD_API_BASE_URL"] = dashboard.url();
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  REQUIRE(program.Run({"task", "add", "--project", "shop", "--title", "x"}).code == 0);
  for (const std::string login : {"ann:hunter22", "ghp_hunter22"}) {
    dashboard.Tell(
        {{"edit", {{"id", 1}, {"labels", Json::array({"mamc:repo:https://" + login + "@host/x.git"})}}}});
    CHECK(Contains(program.Run({"task", "show", "1"}).out, "repo: https://***@host/x.git\n"));
    for (const std::vector<std::string>& words : {std::vector<std::string>{"task", "show", "1", "--json"},
                                                  {"task", "list", "--json"},
                                                  {"task", "set", "1", "--title", "y", "--json"}}) {
      const Ran ran = program.Run(words);
      CHECK(ran.code == 0);
      CHECK(Contains(ran.out, "https://***@host/x.git"));
      CHECK_FALSE(Contains(ran.out, "hunter22"));
    }
  }
}
