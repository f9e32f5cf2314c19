// A worker over the local transport whose models are the cassette of the replay backend or a program.
#pragma once
#include <mamc/transport.h>

#include <catch2/catch.hpp>

#include "mamc/worker/worker.hpp"
#include "support/engine_bench.hpp"
#include "support/git_fixture.hpp"

namespace mamc::test {

inline constexpr const char* kTester = "id: qa-engineer\naliases: [tester-qa]\nprompt: You test.\n";
inline constexpr const char* kJudge =
    "id: qa-engineer\nprompt: You judge.\nverdict: {type: object, properties: {status: {enum: [pass, "
    "fail]}}, required: [status]}\n";

// A persona whose tests note in `begun` that they run, and never end; `more` are further parameters of that
// step.
inline std::string HangingTester(const std::filesystem::path& begun, const std::string& more) {
  return "id: qa-engineer\nprompt: You test.\nwork:\n  - {id: test, type: command, argv: [sh, -c, \"echo "
         "test_a ok; "
         "touch '" +
         begun.string() + "'; exec sleep 1000\"], allow_failure: true" + more + "}\n";
}

struct Desk {
  explicit Desk(const TempDir& its_dir, const std::string& persona_text, Json answers = Json::array(),
                BenchOptions options = {}, std::function<void(worker::WorkerOptions&)> change = {})
      : dir(its_dir), bench(its_dir, std::move(options)) {
    auto opened = bench.calls->Open(plugin::Kind::kTransport, "local", Json::object());
    REQUIRE(opened.ok());
    transport = *opened;
    channel = std::make_unique<messaging::Channel>(bench.loop, *bench.calls, transport,
                                                   messaging::ChannelOptions{});
    auto loaded = workflow::LoadPersona(persona_text, "persona.yml", *bench.names);
    for (const auto& problem : loaded.problems) FAIL(problem.ToString());
    worker::WorkerOptions worker_options;
    worker_options.personas = {loaded.persona};
    worker_options.default_backend = "command";
    worker_options.backend_settings["command"] = Model(std::move(answers));
    if (change) change(worker_options);
    worker = std::make_unique<worker::Worker>(bench.loop, *bench.calls, *bench.journal, *bench.engine,
                                              *channel, worker_options);
    bench.engine->AddService("model.ask", worker->ask_service());
    worker->Start();
  }
  ~Desk() {
    worker.reset();
    channel.reset();
  }

  // A program that notes each question and prints the next answer, the last again and again.
  Json Model(const Json& answers) {
    int number = 0;
    for (const Json& answer : answers)
      dir.Write("answer." + std::to_string(++number), answer.get<std::string>());
    dir.Write("model.sh", "cd \"" + dir.path().string() +
                              "\"\necho asked >> asked\ncat > question\nn=$(wc -l < asked)\n"
                              "while [ -e hold ]; do sleep 0.01; done\n"
                              "[ -e answer.$n ] || n=" +
                              std::to_string(number) + "\ncat answer.$n\n");
    return {{"argv", {"/bin/sh", (dir / "model.sh").string()}}};
  }
  std::size_t asked() const { return LinesOf(dir / "asked").size(); }

  messaging::Request Ask(const std::string& corr_id, Json payload = Json::object()) const {
    messaging::Request request;
    request.workflow_id = "run";
    request.task_id = "7";
    request.step = "ask@1/request";
    request.to_persona = "qa-engineer";
    request.intent = "check";
    request.payload = std::move(payload);
    request.corr_id = corr_id;
    request.deadline_s = 60;
    return request;
  }
  // The same, with work on the repository's branch `task`.
  messaging::Request AskOn(const GitFixture& git, const std::string& corr_id,
                           Json payload = Json::object()) const {
    messaging::Request request = Ask(corr_id, std::move(payload));
    request.repo = git.remote().string();
    request.base = "main";
    request.branch = "task";
    return request;
  }
  void Send(const messaging::Request& request) {
    channel->Expect(request.corr_id, [this](const messaging::Event& event) { events.push_back(event); });
    channel->PublishRequest(request, [](Status status) { CHECK(status.message() == ""); });
  }
  // The event that ends the request.
  messaging::Event End(const std::string& corr_id, std::size_t which = 1) {
    messaging::Event end;
    bench.Until([&] {
      std::size_t seen = 0;
      for (const messaging::Event& event : events)
        if (event.corr_id == corr_id && (event.status == "done" || event.status == "error") &&
            ++seen == which) {
          end = event;
          return true;
        }
      return false;
    });
    return end;
  }
  messaging::Event Ask(const messaging::Request& request) {
    Send(request);
    return End(request.corr_id);
  }
  Json Call(std::uint32_t verb, const Json& input) {
    std::optional<Json> answer;
    plugin::Call(*bench.calls, transport, verb, input, [&](Result<Json> result) {
      CHECK(result.status().message() == "");
      answer = result.ok() ? *result : Json::object();
    });
    bench.Until([&] { return answer.has_value(); });
    return *answer;
  }
  std::vector<std::string> DeadReasons() {
    std::vector<std::string> reasons;
    Json letters = Call(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "machine:requests"}});
    for (const Json& letter : letters["messages"]) reasons.push_back(letter["reason"]);
    return reasons;
  }

  const TempDir& dir;
  EngineBench bench;
  std::shared_ptr<plugin::Instance> transport;
  std::unique_ptr<messaging::Channel> channel;
  std::unique_ptr<worker::Worker> worker;
  std::vector<messaging::Event> events;
};

}  // namespace mamc::test
