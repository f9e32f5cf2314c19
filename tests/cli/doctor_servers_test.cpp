// `mamc-host doctor` and what it finds outside: models, a Redis, other machines, requests that nobody took.
#include <catch2/catch.hpp>

#include "doctor_machine.hpp"
#include "support/nats_server.hpp"
#include "support/redis_server.hpp"

using namespace mamc;
using namespace mamc::test;

TEST_CASE("a persona that the workflows need and nobody serves is named with those who serve what") {
  Machine machine;
  machine.program.environment["ALLOWED_PERSONAS"] = "coordination,lead-engineer";
  CHECK(machine.Ask() == 1);
  const Json finding = machine.Finding("no machine serves the persona qa-engineer");
  CheckFinding(finding, "problem", "environment ALLOWED_PERSONAS", "add qa-engineer to ALLOWED_PERSONAS",
               "Timeout waiting for persona");
  CHECK(Contains(finding["what"], "the workflows of project shop ask"));
  CHECK(Contains(finding["what"], "this machine serves coordination, lead-engineer"));
  CHECK(Contains(finding["advice"], "until then no run of these workflows is begun"));
}

TEST_CASE("a workflow whose persona nobody can serve is refused before anything runs") {
  Machine machine;
  machine.Configure({{"projects", "{shop: {test: sh test.sh, workflow: feature}}"}});
  machine.program.environment["ALLOWED_PERSONAS"] = "coordination,lead-engineer,qa-engineer";
  CHECK(machine.program.Run({"task", "add", "--project", "shop", "--title", "T"}).code == 0);
  Ran host = machine.program.Run({"--project", "shop", "--drain"});
  INFO(host.err);
  CHECK(host.code == 2);
  CHECK(Contains(host.err, "nothing was begun: environment ALLOWED_PERSONAS leaves out"));
  CHECK(Contains(host.err, "workflow feature asks "));
  CHECK(Contains(host.err, "security-review"));
  CHECK_FALSE(Contains(host.err, "project-manager, qa-engineer"));  // served here
  CHECK(Contains(host.err, "Add them to ALLOWED_PERSONAS, or name a transport"));
  const Json tasks = machine.program.Run({"task", "list", "--json"}).json();
  CHECK(tasks.at(0).at("status") == "open");
  CHECK(machine.program.Run({"runs", "list", "--json"}).json().empty());
}

TEST_CASE("a machine that nobody can ask is told") {
  Machine machine;
  machine.program.environment["ALLOWED_PERSONAS"] = "lead-engineer";
  CHECK(machine.Ask() == 2);
  CheckFinding(machine.Finding("nobody can ask it"), "problem", "environment ALLOWED_PERSONAS",
               "add coordination to ALLOWED_PERSONAS");
}

TEST_CASE("a model server that is away, silent, refuses the token or has loaded too little is told") {
  Machine machine;
  SECTION("away") {
    machine.program.environment["LM_STUDIO_BASE_URL"] = "http://127.0.0.1:" + std::to_string(UnusedPort());
    CHECK(machine.Ask() == 3);
    CheckFinding(machine.Finding("Is the server running"), "problem", "backend lm-studio",
                 "LM_STUDIO_BASE_URL");
  }
  SECTION("silent") {
    machine.Answer({.ending = HttpReply::Ending::kStall, .silent = true});
    machine.Configure({{"backends", "{lm-studio: {connect_timeout_ms: 300}}"}});
    CHECK(machine.Ask() == 3);
    CheckFinding(machine.Finding(machine.model.url()), "problem", "backend lm-studio", "start the server");
  }
  SECTION("a token") {
    machine.Answer({.status = 401, .body = R"({"error": "no"})"});
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("answered with status 401"), "problem", "backend lm-studio",
                 "set LM_STUDIO_API_KEY");
  }
  SECTION("a short context") {
    machine.Answer(Models(Json::array({LoadedModel(4096)})));
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("a context of 4096 tokens"), "warning", "backend lm-studio",
                 "16384 tokens or more");
  }
  SECTION("nothing loaded") {
    machine.Answer(
        Models(Json::array({{{"type", "llm"}, {"key", "coder"}, {"loaded_instances", Json::array()}}})));
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("none of them loaded"), "warning", "backend lm-studio", "load one");
  }
}

TEST_CASE("a Redis that is away, refuses the login, forbids a command or may throw messages away is told") {
  Machine machine;
  SECTION("away") {
    const std::string port = std::to_string(FreePort());
    machine.program.environment["REDIS_PORT"] = port;
    CHECK(machine.Ask() == 3);
    CheckFinding(machine.Finding("Redis at localhost:" + port + " cannot be reached"), "problem",
                 "transport redis", "set REDIS_URL, or REDIS_HOST and REDIS_PORT");
  }
  SECTION("a login") {
    RedisServer server({"--requirepass", "right"});
    machine.program.environment["REDIS_PORT"] = std::to_string(server.port());
    machine.program.environment["REDIS_PASSWORD"] = "not-right";
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("refuses AUTH"), "problem", "transport redis", "REDIS_PASSWORD");
    CHECK_FALSE(Contains(machine.said.dump(), "not-right"));
  }
  SECTION("a command") {
    RedisServer server;
    server.Cli({"ACL", "SETUSER", "mamc", "on", ">pw", "~*", "&*", "+@all", "-xclaim", "-eval"});
    machine.program.environment["REDIS_URL"] = "redis://mamc:pw@127.0.0.1:" + std::to_string(server.port());
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("does not let user mamc do EVAL, XCLAIM"), "problem", "transport redis",
                 "ACL SETUSER");
  }
  SECTION("a stream") {
    RedisServer server;
    server.Cli({"ACL", "SETUSER", "mamc", "on", ">pw", "~mamc:*", "~machine:events", "&*", "+@all"});
    machine.program.environment["REDIS_URL"] = "redis://mamc:pw@127.0.0.1:" + std::to_string(server.port());
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("XACK on machine:requests"), "problem", "transport redis", "ACL SETUSER");
  }
  SECTION("a policy") {
    RedisServer server({"--maxmemory-policy", "allkeys-lru"});
    machine.program.environment["REDIS_PORT"] = std::to_string(server.port());
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("has maxmemory-policy allkeys-lru"), "warning", "transport redis",
                 "maxmemory-policy noeviction");
  }
  SECTION("nothing is wrong, and nothing is left on it") {
    RedisServer server;
    machine.program.environment["REDIS_PORT"] = std::to_string(server.port());
    CHECK(machine.Ask() == 0);
    machine.Finding("may do all that the transport does");
    // Where hosts announce themselves, a message of ours marks what was read.
    CHECK(server.Cli({"KEYS", "*"}) == "machine:workers\n");
  }
}

TEST_CASE("machines that run are told with whom they serve and in what they differ") {
  Machine machine;
  RedisServer server;
  machine.program.environment["REDIS_PORT"] = std::to_string(server.port());
  machine.program.environment["ALLOWED_PERSONAS"] = "coordination,lead-engineer";
  const Json worker = {{"host", "far-1"},
                       {"machine", "far"},
                       {"version", "0.0.1"},
                       {"personas", {"qa-engineer", "context"}},
                       {"plugins", {{"steps/command", "0.0.9"}}},
                       {"persona_hashes", {{"qa-engineer", "abc"}}},
                       {"workflow_hashes", {{"hotfix", "abc"}}}};
  server.Cli({"XADD", "machine:workers", "*", "host", "far-1"});
  server.Cli({"SET", "mamc:value:machine:worker:far-1", worker.dump()});
  CHECK(machine.Ask() == 1);
  machine.Finding("machine far-1: context, qa-engineer");
  const Json unserved = machine.Finding("no machine serves the persona code-reviewer");
  CHECK(Contains(unserved["what"], "machine far-1 serves context, qa-engineer"));
  CHECK_FALSE(Contains(machine.said.dump(), "no machine serves the persona qa-engineer"));
  CheckFinding(machine.Finding("machine far-1 has mamc-host 0.0.1"), "warning", "far",
               "install the same version on all machines", "Task priority wrong");
  CheckFinding(machine.Finding("has other versions of plugins: steps/command 0.0.9 (here "), "warning", "far",
               "the same plugins");
  CheckFinding(machine.Finding("has other files of personas: qa-engineer"), "note", "far", "copy the files");
  CheckFinding(machine.Finding("has other files of workflows: hotfix"), "note", "far", "copy the files");
}

TEST_CASE("a machine that only serves is told when nobody coordinates") {
  Machine machine;
  RedisServer server;
  machine.program.environment["REDIS_PORT"] = std::to_string(server.port());
  machine.program.environment["ALLOWED_PERSONAS"] = "lead-engineer";
  CHECK(machine.Ask() == 1);
  CheckFinding(machine.Finding("no machine that runs now coordinates"), "warning", "", "names coordination",
               "Workflow Stuck");
}

TEST_CASE("dead letters are counted and the command that lists them is named") {
  Machine machine;
  RedisServer server;
  machine.program.environment["REDIS_PORT"] = std::to_string(server.port());
  server.Cli({"XADD", "machine:requests:dead", "*", "mamc_id", "1-1", "mamc_group",
              "machine:personas:qa-engineer", "mamc_reason", "the payload is no JSON", "mamc_at_ms", "1",
              "to_persona", "qa-engineer"});
  CHECK(machine.Ask() == 1);
  const Json finding = machine.Finding("1 request is a dead letter");
  CheckFinding(finding, "warning", "transport redis", "dead list");
  CHECK(Contains(finding["what"], "for persona qa-engineer: the payload is no JSON"));
}

TEST_CASE("dead letters that cannot be listed and machines that cannot be found are problems") {
  Machine machine;
  RedisServer server;
  machine.program.environment["REDIS_PORT"] = std::to_string(server.port());
  server.Cli({"SET", "machine:requests:dead", "no stream"});
  server.Cli({"SET", "machine:workers", "no stream"});
  CHECK(machine.Ask() == 1);
  CheckFinding(machine.Finding("the dead letters cannot be listed: "), "problem", "transport redis",
               "the README of its plugin");
  CheckFinding(machine.Finding("which machines run is not known: "), "problem", "transport redis",
               "the README of its plugin");
}

TEST_CASE("a NATS server that does not let this machine use the streams is told") {
  Machine machine;
  NatsServer server(
      "authorization {users: [{user: mamc, password: pw, permissions: {publish: {deny: "
      "[\"$JS.API.CONSUMER.DURABLE.CREATE.machine:requests.>\"]}}}]}");
  machine.program.environment["NATS_URL"] = "nats://mamc:pw@127.0.0.1:" + std::to_string(server.port());
  CHECK(machine.Ask() == 1);
  CheckFinding(
      machine.Finding("does not let user mamc publish $JS.API.CONSUMER.DURABLE.CREATE.machine:requests"),
      "problem", "transport nats", "NATS_USER");
}

TEST_CASE("a program that answers for a persona must be there") {
  Machine machine;
  machine.Configure({{"backend", "command"}, {"backends", "{command: {argv: [no-such-model]}}"}});
  CHECK(machine.Ask() == 1);
  CheckFinding(machine.Finding("the program 'no-such-model' is not in PATH"), "problem", "backend command",
               "backends.command.argv");
}

TEST_CASE("a model that is loaded with too little for the smallest question is told before anything begins") {
  Machine machine;
  machine.Answer(Models(Json::array({LoadedModel(512)})));
  machine.Configure(
      {{"projects", "{shop: {repo: " + machine.git.remote().string() + ", base: main, test: 'true'}}"}});
  REQUIRE(machine.program.Run({"task", "add", "--project", "shop", "--title", "T"}).code == 0);
  const Ran host = machine.program.Run({"--project", "shop", "--drain"});
  CHECK(host.code == 2);
  CHECK(Contains(host.err, "nothing was begun: the smallest question to persona "));
  CHECK(Contains(host.err,
                 "is loaded with 512: load it with a larger context, 16384 or more (in the server, or by "
                 "backends.lm-studio.context_length)"));
  CHECK(machine.program.Run({"task", "show", "1", "--json"}).json().at("task").at("status") == "open");
}
