// A project with a board of its own and scripted personas, and the loop over it.
#pragma once
#include <mamc/board.h>

#include <catch2/catch.hpp>

#include "mamc/coordinator/coordinator.hpp"
#include "support/engine_bench.hpp"

namespace mamc::test {

using namespace mamc::coordinator;

inline constexpr const char* kAsk =
    "name: project-loop\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, intent: "
    "\"${task.title}\"}\n";

struct Shop {
  explicit Shop(const TempDir& dir,
                std::shared_ptr<ScriptedPersonas> its_personas = std::make_shared<ScriptedPersonas>(),
                std::int64_t start_ms = 0)
      : Shop(dir, BenchOptions{.start_ms = start_ms, .scripted = std::move(its_personas)}) {}
  Shop(const TempDir& dir, const BenchOptions& bench_options)
      : personas(bench_options.scripted), bench(dir, bench_options) {
    board = Open(plugin::Kind::kBoard, {{"path", (dir / "board.db").string()}});
    transport = Open(plugin::Kind::kTransport, Json::object());
    channel = std::make_unique<messaging::Channel>(bench.loop, *bench.calls, transport,
                                                   messaging::ChannelOptions{});
    options.project.id = "p";
    options.project.repo = bench_options.repo;
    options.alone = true;  // a clock that jumps would lose a lease
    AddWorkflow(kAsk);
  }
  ~Shop() {
    coordinator.reset();
    channel.reset();
  }
  std::shared_ptr<plugin::Instance> Open(plugin::Kind kind, const Json& settings) {
    auto opened = bench.calls->Open(kind, "local", settings);
    REQUIRE(opened.status().message() == "");
    return *opened;
  }
  // In place of all others.
  void UseWorkflow(const std::string& text) {
    options.workflows.clear();
    AddWorkflow(text);
  }
  void AddWorkflow(const std::string& text) {
    auto loaded = workflow::LoadWorkflow(text, "w.yml", *bench.names);
    for (const auto& problem : loaded.problems) FAIL(problem.ToString());
    options.workflows.push_back(loaded.workflow);
  }
  Result<Json> Try(const std::shared_ptr<plugin::Instance>& instance, std::uint32_t verb, const Json& input) {
    std::optional<Result<Json>> answer;
    plugin::Call(*bench.calls, instance, verb, input, [&](Result<Json> said) { answer = std::move(said); });
    bench.Until([&] { return answer.has_value(); });
    return *answer;
  }
  Result<Json> TryBoard(std::uint32_t verb, const Json& input) { return Try(board, verb, input); }
  Json Board(std::uint32_t verb, const Json& input) {
    auto answer = TryBoard(verb, input);
    REQUIRE(answer.status().message() == "");
    return *answer;
  }
  std::string AddTask(const std::string& title, Json more = Json::object()) {
    more.update({{"project", "p"}, {"title", title}});
    return Board(MAMC_BOARD_CREATE, more)["task"]["id"];
  }
  Json Get(const std::string& id) { return Board(MAMC_BOARD_GET, {{"id", id}, {"project", "p"}}); }
  Json Task(const std::string& id) { return Get(id)["task"]; }
  std::string Comments(const std::string& id) { return Dump(Get(id)["comments"]); }
  void Start() {
    auto persona = workflow::LoadPersona("id: qa-engineer\nprompt: x\n", "p.yml", *bench.names);
    options.personas = {persona.persona};
    coordinator =
        std::make_unique<Coordinator>(bench.loop, *bench.calls, board, *bench.journal, *bench.engine,
                                      *channel, options, [this](const engine::RunEvent& event) {
                                        if (event.kind == "waiting")
                                          waits_ms.push_back(GetInt(event.fields, "wait_ms"));
                                      });
    bench.engine->AddService("board", coordinator->board_service());
    coordinator->Start([this](LoopResult ended) { result = std::move(ended); });
  }
  LoopResult Run() {
    result.reset();
    Start();
    bench.Until([&] { return result.has_value(); });
    return *result;
  }
  // The same where things are out of reach: the clock moves on whenever the loop waits for them. `pause` is
  // called before it does.
  LoopResult RunThroughOutage(const std::function<void()>& pause = [] {}) {
    result.reset();
    waits_ms.clear();
    Start();
    for (std::size_t seen = 0;; ++seen) {
      bench.Until([&] { return result.has_value() || waits_ms.size() > seen; });
      if (result) return *result;
      pause();
      bench.Advance(waits_ms.back());
    }
  }
  // "qa-engineer/<title>" of every request so far, without the persona.
  std::vector<std::string> Worked() const {
    std::vector<std::string> titles;
    for (const std::string& call : personas->calls()) titles.push_back(call.substr(call.find('/') + 1));
    return titles;
  }
  static Json Error(Code code, const std::string& message) {
    return {{"code", static_cast<int>(code)}, {"message", message}};
  }

  std::shared_ptr<ScriptedPersonas> personas;
  EngineBench bench;
  CoordinatorOptions options;
  std::shared_ptr<plugin::Instance> board;
  std::shared_ptr<plugin::Instance> transport;
  std::unique_ptr<messaging::Channel> channel;
  std::unique_ptr<Coordinator> coordinator;
  std::optional<LoopResult> result;
  std::vector<std::int64_t> waits_ms;  // for what could not be reached
};

}  // namespace mamc::test
