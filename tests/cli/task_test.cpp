#include <catch2/catch.hpp>

#include "program.hpp"

using namespace mamc;
using namespace mamc::test;

TEST_CASE("a task is added and listed and shown without what a terminal would obey") {
  Program program;
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  Ran added = program.Run({"task", "add", "--project", "shop", "--title", "Fix \x1b[31mit", "--description",
                           "Soon.", "--labels", "a, b", "--priority", "5", "--milestone", "M1"});
  INFO(added.err);
  REQUIRE(added.code == 0);
  std::string id = added.out.substr(0, added.out.size() - 1);
  CHECK(std::filesystem::exists(program.dir / "state/board.db"));

  Json tasks = program.Run({"task", "list", "--json"}).json();
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].at("id") == id);
  CHECK(tasks[0].at("labels") == Json::array({"a", "b"}));
  CHECK(tasks[0].at("priority") == 5);
  CHECK(tasks[0].at("milestone").is_string());

  Ran list = program.Run({"task", "list", "--project", "shop"});
  CHECK(Contains(list.out, "Fix"));
  CHECK_FALSE(Contains(list.out, "\x1b"));
  Ran show = program.Run({"task", "show", id});
  CHECK(Contains(show.out, "Soon."));
  CHECK_FALSE(Contains(show.out, "\x1b"));
}

TEST_CASE("the state directory that the first task makes is its owner's alone") {
  Program program;
  REQUIRE(program
              .Run({"--state-dir", "deep/state", "task", "add", "--project", "p", "--title", "T", "--repo",
                    "/srv/shop.git"})
              .code == 0);
  CHECK(std::filesystem::status(program.dir / "deep/state").permissions() ==
        std::filesystem::perms::owner_all);
}

TEST_CASE("a damaged board is told with its path and what to do, and is never a board without tasks") {
  Program program;
  const std::vector<std::string> add = {"--state-dir", "state",   "task", "add",    "--project",
                                        "p",           "--title", "T",    "--repo", "/srv/shop.git"};
  REQUIRE(program.Run(add).code == 0);
  const std::string whole = program.dir.Read("state/board.db");
  const std::string damaged =
      GENERATE_COPY(whole.substr(0, 4096), std::string(whole.size(), '\0'), std::string());
  program.dir.Write("state/board.db", damaged);
  std::filesystem::last_write_time(program.dir / "state/board.db",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"task", "list"},
        {"task", "list", "--json"},
        {"task", "show", "1"},
        {"task", "add", "--project", "p", "--title", "U", "--repo", "/srv/shop.git"},
        {"--project", "p", "--drain"}}) {
    std::vector<std::string> all = {"--state-dir", "state"};
    all.insert(all.end(), words.begin(), words.end());
    Ran ran = program.Run(all);
    INFO(words[0] << " " << ran.out << ran.err);
    CHECK(ran.code == 1);
    CHECK(ran.out.empty());
    CHECK(Contains(ran.err, (program.dir / "state/board.db").string()));
    CHECK(Contains(ran.err, "The file is damaged: put a copy of it in its place"));
  }
}

TEST_CASE("a task is changed and unblocked") {
  Program program;
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  Ran added = program.Run({"task", "add", "--project", "shop", "--title", "Fix it", "--json"});
  INFO(added.err);
  std::string id = added.json().at("id");

  Ran early = program.Run({"task", "unblock", id});
  CHECK(early.code == 2);
  CHECK(Contains(early.err, "is open, not blocked"));
  Ran set = program.Run({"task", "set", id, "--status", "blocked", "--comment", "why", "--title", "Mend it"});
  INFO(set.err);
  CHECK(set.code == 0);
  CHECK(set.out.empty());
  Json blocked = program.Run({"task", "list", "--status", "blocked", "--json"}).json();
  REQUIRE(blocked.size() == 1);
  CHECK(blocked[0].at("title") == "Mend it");
  CHECK(program.Run({"task", "list", "--status", "open", "--json"}).json().empty());

  Json unblocked = program.Run({"task", "unblock", id, "--json"}).json();
  CHECK(unblocked.at("status") == "open");
  CHECK(unblocked.at("blocked").is_null());
  Json comments = program.Run({"task", "show", id, "--json"}).json().at("comments");
  REQUIRE(comments.size() == 1);
  CHECK(comments[0].at("text") == "why");
}

TEST_CASE("a task that a person has blocked is left alone until somebody unblocks it") {
  Program program;
  program.dir.Write("w/one.yml", "name: one\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  program.dir.Write(
      "mamc.yaml",
      "state_dir: state\nworkflows: [w]\nprojects: {shop: {repo: /nowhere.git, workflow: one}}\n");
  REQUIRE(program.Run({"task", "add", "--project", "shop", "--title", "Fix it"}).code == 0);
  const std::string comment = GENERATE("", "wait until Monday");
  Ran set = program.Run({"task", "set", "1", "--status", "blocked", "--comment", comment, "--json"});
  INFO(set.err);
  const Json task = set.json();
  CHECK(task.at("blocked").at("reason") == "person");
  const std::string why = comment.empty() ? "A person has blocked it." : comment;
  CHECK(task.at("blocked").at("text") == why);

  Ran drained = program.Run({"--project", "shop", "--drain"});
  INFO(drained.err);
  CHECK(drained.code == 1);
  CHECK(Contains(drained.out, why));
  CHECK(program.Run({"runs", "list", "--json"}).json() == Json::array());
  REQUIRE(program.Run({"task", "unblock", "1"}).code == 0);
  CHECK(program.Run({"--project", "shop", "--drain"}).code == 0);
}

TEST_CASE("a task that waits for others names them in the list and at the end of a run") {
  Program program;
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  const auto add = [&](const char* title, const char* depends_on) {
    Ran ran = program.Run({"task", "add", "--project", "shop", "--title", title, "--depends-on", depends_on});
    INFO(ran.err);
    REQUIRE(ran.code == 0);
  };
  add("First", "");
  add("Second", "1");
  add("Third", "1,2");
  REQUIRE(program.Run({"task", "set", "1", "--status", "blocked", "--comment", "Not yet."}).code == 0);

  // Also when the list leaves out what is waited for.
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"task", "list"}, {"task", "list", "--status", "open"}}) {
    Ran list = program.Run(words);
    INFO(list.out);
    CHECK(Contains(list.out, "Second  waits for 1\n"));
    CHECK(Contains(list.out, "Third   waits for 1, 2\n"));
    CHECK(Contains(list.out, "person: Not yet.\n") == (words.size() == 2));
  }
  Ran drained = program.Run({"--project", "shop", "--drain"});
  INFO(drained.out << drained.err);
  CHECK(drained.code == 1);
  CHECK(Contains(drained.out, "First   Not yet.\n"));
  CHECK(Contains(drained.out, "Second  waits for 1\n"));
  CHECK(Contains(drained.out, "Third   waits for 1, 2\n"));

  REQUIRE(program.Run({"task", "set", "1", "--status", "archived"}).code == 0);
  Ran list = program.Run({"task", "list"});
  CHECK(Contains(list.out, "Second\n"));
  CHECK(Contains(list.out, "Third   waits for 2\n"));
  CHECK(Contains(program.Run({"task", "add", "--help"}).out, "done or archived"));
}

TEST_CASE("what is given empty is taken away from a task") {
  Program program;
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  const std::string first =
      program.Run({"task", "add", "--project", "shop", "--title", "A", "--json"}).json().at("id");
  Ran added = program.Run({"task", "add", "--project", "shop", "--title", "B", "--depends-on", first,
                           "--labels", "small", "--milestone", "M", "--repo", "/srv/other.git",
                           "--description", "Soon.", "--json"});
  INFO(added.err);
  const Json before = added.json();
  REQUIRE(before.at("dependencies") == Json::array({first}));
  const std::string id = before.at("id");
  const Json after = program
                         .Run({"task", "set", id, "--depends-on", "", "--labels", "", "--milestone", "",
                               "--repo", "", "--description", "", "--json"})
                         .json();
  CHECK(after.at("dependencies") == Json::array());
  CHECK(after.at("labels") == Json::array());
  CHECK(after.at("milestone").is_null());
  CHECK(after.at("repo").is_null());
  CHECK(after.at("description") == "");
  CHECK(after.at("title") == "B");
  Ran untitled = program.Run({"task", "set", id, "--title", ""});
  CHECK(untitled.code == 2);
  CHECK(Contains(untitled.err, "title"));
}

TEST_CASE("who changes the status of a task that may be worked on is told what becomes of its run") {
  Program program;
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  REQUIRE(program.Run({"task", "add", "--project", "shop", "--title", "Fix it"}).code == 0);
  CHECK_FALSE(Contains(program.Run({"task", "set", "1", "--status", "in_progress"}).err, "warning"));
  Ran review = program.Run({"task", "set", "1", "--status", "in_review"});
  CHECK(Contains(review.err, "warning: task 1 was in_progress; a run that is under way goes on to its end"));
  CHECK(Contains(review.err, "mamc-host runs cancel RUN`"));
  Ran closed = program.Run({"task", "set", "1", "--status", "done"});
  CHECK(closed.code == 0);
  CHECK(Contains(closed.err, "no host of this state directory is at it"));
  CHECK_FALSE(Contains(program.Run({"task", "set", "1", "--status", "archived"}).err, "no host"));
}

TEST_CASE("wrong use of the board is told with what is known") {
  Program program;
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  Ran project = program.Run({"task", "add", "--project", "shp", "--title", "x"});
  CHECK(project.code == 2);
  CHECK(Contains(project.err, "there is no project 'shp' (did you mean 'shop'?)"));
  CHECK(program.Run({"task", "add", "--project", "other", "--title", "x", "--repo", "/srv/other.git"}).code ==
        0);
  Ran status = program.Run({"task", "list", "--status", "opn"});
  CHECK(status.code == 2);
  CHECK(Contains(status.err, "did you mean 'open'?"));
  CHECK(program.Run({"task", "show", "999"}).code == 2);
  Ran nothing = program.Run({"task", "set", "1"});
  CHECK(nothing.code == 2);
  CHECK(Contains(nothing.err, "nothing to set"));
}

TEST_CASE("a board that is not installed is told with the place that names it") {
  Program program;
  program.dir.Write("mamc.yaml", "board: lcal\nstate_dir: state\n");
  Ran board = program.Run({"task", "list"});
  INFO(board.err);
  CHECK(board.code == 2);
  CHECK(Contains(board.err, "mamc.yaml:1:8"));
  CHECK(Contains(board.err, "lcal"));
}

TEST_CASE("a password or a token in the address of a task's repository is refused and kept nowhere") {
  Program program;
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  const std::string id =
      program.Run({"task", "add", "--project", "shop", "--title", "Fix it", "--json"}).json().at("id");
  const std::string repo = GENERATE("https://ann:hunter22@host/x.git", "https://hunter22:@host/x.git",
                                    "https://github_pat_hunter22@host/x.git");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"task", "add", "--project", "shop", "--title", "x", "--repo", repo},
        std::vector<std::string>{"task", "set", id, "--repo", repo}}) {
    const Ran refused = program.Run(words);
    CHECK(refused.code == 2);
    CHECK(Contains(refused.err, "--repo holds a password or a token"));
    CHECK_FALSE(Contains(refused.err, "hunter22"));
  }
  CHECK_FALSE(Contains(program.Run({"task", "list", "--json"}).out, "hunter22"));
}
