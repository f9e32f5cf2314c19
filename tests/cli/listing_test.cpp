#include <catch2/catch.hpp>

#include "program.hpp"
#include "support/places.hpp"

using namespace mamc;
using namespace mamc::test;

TEST_CASE("the plugins beside the program are listed") {
  Program program;
  Json all = program.Run({"plugin", "list", "--json"}).json();
  REQUIRE(all.is_array());
  bool found = false;
  for (const Json& plugin : all) {
    if (plugin.at("id") != "boards/local") continue;
    found = true;
    CHECK(plugin.at("state") == "active");
    CHECK(plugin.at("types") == Json::array({"board/local"}));
    CHECK(plugin.at("origin") == "beside the program");
  }
  CHECK(found);
  Ran table = program.Run({"plugin", "list"});
  CHECK(table.code == 0);
  CHECK(table.out.substr(0, 2) == "ID");
}

TEST_CASE("the search path has its origins in order") {
  Program program;
  std::filesystem::create_directory(program.dir / "mine");
  program.environment["MAMC_PLUGIN_PATH"] = "/nowhere/a:/nowhere/b";
  Json dirs = program.Run({"plugin", "path", "--json", "--plugins", "mine"}).json();
  REQUIRE(dirs.size() >= 4);
  CHECK(dirs[0].at("path") == (program.dir / "mine").string());
  CHECK(dirs[0].at("origin") == "--plugins");
  CHECK(dirs[1].at("path") == "/nowhere/a");
  CHECK(dirs[1].at("origin") == "environment MAMC_PLUGIN_PATH");
  CHECK(dirs[2].at("exists") == false);
  CHECK(dirs[3].at("origin") == "beside the program");
}

TEST_CASE("a plugin is shown with its settings and an unknown one with the nearest") {
  Program program;
  Ran show = program.Run({"plugin", "show", "boards/local"});
  CHECK(show.code == 0);
  CHECK(Contains(show.out, "board/local"));
  CHECK(Contains(show.out, "    path (required): The SQLite file"));
  CHECK(program.Run({"plugin", "show", "boards/local", "--json"}).json().at("manifest").at("id") ==
        "boards/local");
  Ran wrong = program.Run({"plugin", "show", "boards/locl"});
  CHECK(wrong.code == 2);
  CHECK(Contains(wrong.err, "there is no plugin 'boards/locl' (did you mean 'boards/local'?)"));
  CHECK(Contains(program.Run({"plugin", "show", "set-variables"}).err,
                 "(did you mean 'steps/set-variables'?)"));
}

TEST_CASE("plugins that are disabled or not enabled are not used") {
  Program program;
  auto state = [&](const std::string& config) {
    program.dir.Write("mamc.yaml", config);
    for (const Json& plugin : program.Run({"plugin", "list", "--json"}).json()) {
      if (plugin.at("id") == "boards/local") return plugin.at("state").get<std::string>();
    }
    return std::string("gone");
  };
  CHECK(state("plugins: {disable: ['boards/*']}\n") == "disabled");
  CHECK(state("plugins: {enable: ['steps/*']}\n") == "disabled");
  CHECK(state("plugins: {enable: ['boards/l*']}\n") == "active");
}

TEST_CASE("a parallel without steps is refused") {
  Program program;
  const std::string steps = GENERATE("", ", steps: []");
  program.dir.Write("w/none.yml", "name: none\nsteps: [{id: a, type: parallel" + steps + "}]\n");
  Ran checked = program.Run({"workflow", "check", "w/none.yml"});
  INFO(checked.err);
  CHECK(checked.code == 2);
  CHECK(Contains(checked.err, "w/none.yml:2:"));
  CHECK(Contains(checked.err, "steps"));
}

TEST_CASE("a broken workflow is listed as one") {
  Program program;
  program.dir.Write("w/bad.yml", "name: bad\nsteps: [{id: a, type: nothing}]\n");
  Ran list = program.Run({"workflow", "list", "--workflows", "w"});
  INFO(list.out);
  CHECK(Contains(list.out, "bad           broken"));
  CHECK(Contains(list.err, "w/bad.yml:2:23: unknown step type 'nothing'"));
}

TEST_CASE("a broken workflow is told with all its places and ends with 2") {
  Program program;
  program.dir.Write(
      "bad.yml",
      "name: bad\nsteps:\n  - id: a\n    type: set-variabels\n  - id: b\n    type: set-variables\n"
      "    variables: {x: 1}\n    dependencies: [c]\n");
  Ran ran = program.Run({"workflow", "check", "bad.yml"});
  INFO(ran.err);
  CHECK(ran.code == 2);
  CHECK(ran.out.empty());
  CHECK(Contains(ran.err, "bad.yml:4:11: "));
  CHECK(Contains(ran.err, "did you mean 'set-variables'?"));
  CHECK(Contains(ran.err, "bad.yml:8:"));
  Ran json = program.Run({"workflow", "check", "bad.yml", "--json"});
  CHECK(json.code == 2);
  Json files = json.json();
  REQUIRE(files.size() == 1);
  CHECK(files[0].at("ok") == false);
  REQUIRE(files[0].at("problems").size() == 2);
  CHECK(files[0].at("problems")[0].at("line") == 4);
}

TEST_CASE("a good workflow and a missing one are told apart") {
  Program program;
  program.dir.Write("good.yml",
                    "name: good\nsteps:\n  - id: a\n    type: set-variables\n    variables: {x: 1}\n");
  Ran good = program.Run({"workflow", "check", "good.yml"});
  INFO(good.err);
  CHECK(good.code == 0);
  CHECK(good.out == "good.yml: ok\n");
  Ran both = program.Run({"workflow", "check", "good.yml", "missing.yml"});
  CHECK(both.code == 2);
  CHECK(both.out == "good.yml: ok\n");
  CHECK(Contains(both.err, "missing.yml"));
  CHECK(program.Run({"workflow", "check", "missing.yml", "--json"}).json()[0].at("ok") == false);
  Ran unknown = program.Run({"workflow", "check", "hotfx"});
  CHECK(unknown.code == 2);
  CHECK(Contains(unknown.err, "did you mean 'hotfix'?"));
}

TEST_CASE("workflows of a folder given by flag come before those beside the program") {
  Program program;
  program.dir.Write("mine/hotfix.yml",
                    "name: hotfix\nsteps:\n  - id: a\n    type: set-variables\n    variables: {x: 1}\n");
  Json all = program.Run({"workflow", "list", "--json", "--workflows", "mine"}).json();
  CHECK(all.size() >= 3);
  for (const Json& workflow : all) {
    bool ours = workflow.at("name") == "hotfix";
    CHECK(workflow.at("origin") == (ours ? "--workflows" : "beside the program"));
    if (ours) CHECK(workflow.at("steps") == 1);
  }
}

TEST_CASE("the personas that this machine serves are marked") {
  Program program;
  program.dir.Write("mine/personas/poet.yml", "id: poet\nname: Poet\naliases: [bard]\nprompt: Rhyme.\n");
  auto served = [&](const std::string& id) {
    for (const Json& persona : program.Run({"persona", "list", "--json", "--workflows", "mine"}).json()) {
      if (persona.at("id") == id) return persona.at("served").get<bool>();
    }
    throw std::runtime_error("no persona " + id);
  };
  CHECK(served("poet"));
  CHECK(served("qa-engineer"));
  program.environment["ALLOWED_PERSONAS"] = "coordination,bard";
  CHECK(served("poet"));
  CHECK_FALSE(served("qa-engineer"));
}

TEST_CASE("a persona is shown with what the configuration says about it") {
  Program program;
  program.dir.Write("mine/personas/poet.yml", "id: poet\nname: Poet\nprompt: Rhyme.\ntimeout: 30s\n");
  auto show = [&] {
    return program.Run({"persona", "show", "poet", "--json", "--workflows", "mine"}).json();
  };
  CHECK(show().at("timeout_ms") == 30'000);
  program.environment["PERSONA_MODELS_JSON"] = R"({"poet":"qwen"})";
  program.dir.Write("mamc.yaml", "personas: {poet: {timeout: 7m}}\n");
  CHECK(show().at("model") == "qwen");
  CHECK(show().at("timeout_ms") == 420'000);
  CHECK(show().at("prompt") == "Rhyme.");
  CHECK(Contains(program.Run({"persona", "show", "poet", "--workflows", "mine"}).out, "model: qwen\n"));
  Ran wrong = program.Run({"persona", "show", "lead-enginer"});
  CHECK(wrong.code == 2);
  CHECK(Contains(wrong.err, "did you mean 'lead-engineer'?"));
}

TEST_CASE("a persona that is allowed and unknown is a mistake") {
  Program program;
  program.environment["ALLOWED_PERSONAS"] = "lead-enginer";
  Ran ran = program.Run({"persona", "list"});
  CHECK(ran.code == 2);
  CHECK(Contains(
      ran.err,
      "environment ALLOWED_PERSONAS: there is no persona 'lead-enginer' (did you mean 'lead-engineer'?)"));
}

TEST_CASE("workflows that run each other in a circle are told by check and at the start") {
  Program program;
  program.dir.Write("w/one.yml", "name: one\nsteps:\n  - {id: a, type: sub-workflow, workflow: two}\n");
  program.dir.Write("w/two.yml", "name: two\nsteps:\n  - {id: b, type: sub-workflow, workflow: one}\n");
  program.dir.Write("w/three.yml", "name: three\nsteps:\n  - {id: c, type: sub-workflow, workflow: one}\n");
  for (const char* file : {"one", "two", "three"}) {
    Ran ran = program.Run({"--workflows", "w", "workflow", "check", file});
    INFO(file << ": " << ran.err);
    CHECK(ran.code == 2);
    CHECK(Contains(ran.err, ".yml:3:"));
    CHECK(Contains(ran.err, "would run itself without end"));
  }
  Ran start = program.Run({"--workflows", "w", "--project", "p", "--drain"});
  CHECK(start.code == 2);
  CHECK(Contains(start.err, "would run itself without end"));
  CHECK(program.Run({"workflow", "check", "project-loop", "hotfix", "feature"}).code == 0);
}

TEST_CASE("a workflow or persona whose file has another name is refused before a run looks for it") {
  Program program;
  program.dir.Write("w/release.yml",
                    "name: relase\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  program.dir.Write("w/personas/poet.yml", "id: writer\nprompt: Write.\n");
  Ran check = program.Run({"workflow", "check", "w/release.yml", "w/personas/poet.yml"});
  CHECK(check.code == 2);
  CHECK(Contains(check.err,
                 "w/release.yml:1:7: 'relase' would not be found in release.yml: name the file "
                 "relase.yml, or this 'release'"));
  CHECK(Contains(check.err, "w/personas/poet.yml:1:5: 'writer' would not be found in poet.yml"));
  Ran run = program.Run({"--workflows", "w", "--project", "1", "--drain"});
  CHECK(run.code == 2);
  CHECK(Contains(run.err, "release.yml:1:7: 'relase' would not be found"));
  CHECK(Contains(run.err, "poet.yml:1:5: 'writer' would not be found"));
}

TEST_CASE("dependencies among the steps of one parallel list are refused with their place") {
  Program program;
  program.dir.Write("p.yml",
                    "name: p\nsteps:\n  - id: both\n    type: parallel\n    steps:\n"
                    "      - {id: a, type: command, shell: make}\n"
                    "      - {id: b, type: command, shell: make, dependencies: [a]}\n");
  Ran ran = program.Run({"workflow", "check", "p.yml"});
  INFO(ran.err);
  CHECK(ran.code == 2);
  CHECK(Contains(ran.err,
                 "p.yml:7:60: the steps of this list all start at once, so that 'b' cannot wait for 'a'"));
}

TEST_CASE("settings of personas and backends that are not there are told all at once with their places") {
  Program program;
  program.dir.Write("mamc.yaml",
                    "personas:\n"
                    "  lead-enginer: {model: m}\n"
                    "  qa-engineer:\n    backend: lm-studoi\n    modle: m\n"
                    "  lm-studio: {base_url: 'http://localhost:1'}\n");
  program.environment["PERSONA_TIMEOUTS_JSON"] = R"({"contxt": 1000})";
  program.dir.Write("w.yml", "name: w\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  for (const auto& words :
       {std::vector<std::string>{"workflow", "check", "w.yml"}, {"--project", "p", "--drain"}}) {
    Ran ran = program.Run(words);
    INFO(ran.err);
    CHECK(ran.code == 2);
    CHECK(Contains(ran.err,
                   "mamc.yaml:2:25: there is no persona 'lead-enginer' (did you mean 'lead-engineer'?)"));
    CHECK(Contains(ran.err,
                   "mamc.yaml:4:14: no plugin provides the persona backend 'lm-studoi' (did you mean "
                   "'lm-studio'?)"));
    CHECK(Contains(ran.err,
                   "mamc.yaml:5:12: unknown key 'modle' in 'personas.qa-engineer' (did you mean 'model'?)"));
    CHECK(Contains(ran.err,
                   "environment PERSONA_TIMEOUTS_JSON: there is no persona 'contxt' (did you mean "
                   "'context'?)"));
  }
}

TEST_CASE("an alias names its persona in the configuration and two words for one must agree") {
  Program program;
  program.dir.Write("w.yml", "name: w\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  program.dir.Write("mamc.yaml", "personas: {tester-qa: {model: a}}\n");
  CHECK(program.Run({"workflow", "check", "w.yml"}).code == 0);
  program.dir.Write("mamc.yaml", "personas:\n  tester-qa: {model: a}\n  qa-engineer: {model: b}\n");
  Ran ran = program.Run({"workflow", "check", "w.yml"});
  INFO(ran.err);
  CHECK(ran.code == 2);
  CHECK(Contains(ran.err, "'tester-qa' is the persona 'qa-engineer'"));
}

TEST_CASE("a persona whose alias means another one is refused by check and at the start") {
  Program program;
  program.dir.Write("w/personas/poet.yml", "id: poet\nprompt: p\naliases: [PM, qa-engineer]\n");
  program.dir.Write("mamc.yaml", "workflows: [w]\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"workflow", "check", "w/personas/poet.yml"},
        {"--project", "p", "--drain"}}) {
    Ran ran = program.Run(words);
    INFO(ran.err);
    CHECK(ran.code == 2);
    CHECK(Contains(ran.err, "w/personas/poet.yml:3:11"));
    CHECK(Contains(ran.err, "personas/project-manager.yml:4:11"));
    CHECK(Contains(ran.err, "; a name means one persona: take the alias away from one of them\n"));
    CHECK(Contains(
        ran.err, "w/personas/poet.yml:3:15: the alias 'qa-engineer' of poet is the id of another persona ("));
    CHECK(EachLineNamesTheProgram(ran.err));
  }
  // Seen from the other of the two as well.
  Ran other =
      program.Run({"workflow", "check", (ProgramDir() / "workflows/personas/project-manager.yml").string()});
  INFO(other.err);
  CHECK(other.code == 2);
  CHECK(Contains(
      other.err,
      "personas/project-manager.yml:4:11: the alias 'PM' of project-manager is an alias of poet too ("));
  CHECK(Contains(other.err, "w/personas/poet.yml:3:11)"));
}

TEST_CASE("what no plugin provides is told at the start of a run before any plugin is loaded") {
  Program program;
  program.environment["MAMC_BACKEND"] = "replai";
  program.environment["MAMC_BOARD"] = "locla";
  program.dir.Write("w/personas/odd.yml", "id: odd\nprompt: p\nbackend: lm-studoi\n");
  Ran ran = program.Run({"--project", "p", "--drain"});
  INFO(ran.err);
  CHECK(ran.code == 2);
  CHECK(Contains(ran.err,
                 "environment MAMC_BACKEND: no plugin provides the persona backend 'replai' (did you mean "
                 "'replay'?)"));
  CHECK(Contains(ran.err,
                 "environment MAMC_BOARD: no plugin provides the board 'locla' (did you mean 'local'?)"));
  Ran check = program.Run({"workflow", "check", "w/personas/odd.yml"});
  CHECK(check.code == 2);
  CHECK(Contains(check.err, "w/personas/odd.yml:3:10: no plugin provides the persona backend 'lm-studoi'"));
}
