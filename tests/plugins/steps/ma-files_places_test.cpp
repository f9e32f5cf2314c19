// Where the files below .ma are written, and where they are not.
#include "ma_notes.hpp"
#include "support/git_servers.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("they are written to a server over http that wants a token") {
  GitFixture repositories;
  GitHttpServer server(repositories.root(), {"--token", "t0ken"});
  MaNotes bench(GENERATE(Json::object(), Json{{"ma_branch", "mamc-notes"}}),
                {{"token_hosts", {server.origin()}}});
  bench.workspaces.secrets["GIT_TOKEN"] = bench.steps.secrets["GIT_TOKEN"] = "t0ken";
  bench.Prepare("r1", {{"repo", server.Url("remote.git")}});
  CHECK(bench.Ok("r1", kContext)["pushed"] == true);
  const std::string branch = bench.project.value("ma_branch", bench.branch);
  CHECK(repositories.RemoteFile(branch, ".ma/context/summary.md") == "# Repository\n3 files\n");
}

TEST_CASE("they are written to a server over ssh with a key file that has a passphrase") {
  GitFixture repositories;
  SshServer server;
  const fs::path key = SshServer::MakeKey(server.file("locked"), "open sesame");
  WriteText(server.file("authorized"), ReadText(key.string() + ".pub"));
  WriteText(server.file("known"), server.KnownHostsLine() + "\n");
  MaNotes bench(Json::object(), {{"ssh_key", key.string()}, {"known_hosts", server.file("known").string()}});
  for (PluginDriver* driver : {&bench.workspaces, &bench.steps})
    driver->secrets["GIT_SSH_PASSPHRASE"] = "open sesame";
  bench.Prepare("r1", {{"repo", server.Url(repositories.remote())}});
  CHECK(bench.Ok("r1", kContext)["pushed"] == true);
  CHECK(repositories.RemoteFile(bench.branch, ".ma/context/summary.md") == "# Repository\n3 files\n");
}

TEST_CASE("a side branch that git has no room for is refused with the branch that is in its way") {
  const auto [aside, in_its_way] = GENERATE(table<std::string, std::string>({{"task", "task/7"},
                                                                             {"task/7/notes", "task/7"},
                                                                             {"main/notes", "main"},
                                                                             {"others", "others/work/1"},
                                                                             {"release/notes", "release"}}));
  INFO(aside);
  MaNotes bench(Json{{"ma_branch", aside}});
  bench.Begin("others/work/1");
  bench.Begin("release");
  bench.Prepare("r1");
  const plugin::Outcome outcome = bench.Call("r1", kContext);
  CHECK(outcome.code == Code::kInvalid);
  CHECK_THAT(outcome.Message(), Contains("ma_branch of the project is '" + aside + "'") &&
                                    Contains("there is a branch '" + in_its_way + "'"));
  CHECK(bench.git.Git(bench.git.remote(), {"branch", "--list", aside}).empty());
}

TEST_CASE(
    "where a link or a submodule lies among them they are not written, and nothing is read through it") {
  MaNotes bench;
  const std::string mode = GENERATE("120000", "160000");
  const std::string path = GENERATE(".ma", ".ma/qa", ".ma/context/summary.md");
  INFO(mode << " " << path);
  SECTION("on the task's branch") {
    bench.Begin("task/7");
    bench.OthersPushEntry("task/7", mode, path);
    const std::string before = bench.git.RemoteCommit("task/7");
    CHECK(bench.Prepare("r1")["summary"] == "");
    const Json done = bench.Ok("r1", kContext);
    CHECK(done["written"] == false);
    CHECK_THAT(done["reason"].get<std::string>(), Contains("'" + path + "'"));
    CHECK(bench.git.RemoteCommit("task/7") == before);
  }
  SECTION("on a side branch") {
    bench.project["ma_branch"] = "mamc-notes";
    bench.Begin("mamc-notes");
    bench.OthersPushEntry("mamc-notes", mode, path);
    const std::string before = bench.git.RemoteCommit("mamc-notes");
    CHECK(bench.Prepare("r1")["summary"] == "");
    const plugin::Outcome outcome = bench.Call("r1", kContext);
    CHECK(outcome.code == Code::kConflict);
    CHECK_THAT(outcome.Message(), Contains("'" + path + "'"));
    CHECK(bench.git.RemoteCommit("mamc-notes") == before);
  }
}
