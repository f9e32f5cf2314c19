// The border itself: the exported function, the factories, the barrier, and the synchronous services.
#include <catch2/catch.hpp>
#include <thread>

#include "fake_host.hpp"

namespace mamc::sdk::test {
namespace {

// Does what the input names.
struct Acts final : Step {
  explicit Acts(const Json& settings) {
    if (settings.contains("refuse")) throw Failure(MAMC_E_INVALID, settings.at("refuse"));
  }

  Task<Json> Run(Context& context, Json input) override {
    const std::string act = input.at("act");
    if (act == "throw at once") throw std::runtime_error("thrown before the coroutine ran");
    return InCoroutine(context, act);
  }

  static Task<Json> InCoroutine(Context& context, std::string act) {
    if (act == "fail") throw Failure(MAMC_E_CONFLICT, "somebody was faster", Json{{"version", 4}});
    if (act == "throw") throw std::out_of_range("beyond the end");
    if (act == "throw an int") throw 42;
    if (act == "fail with success") throw Failure(MAMC_OK, "a failure must be negative");
    if (act == "latin1") co_return Json("caf\xe9");
    if (act == "large") co_return Json(std::string(1000, 'x'));
    if (act == "emit") co_return Json(context.Emit("delta", Json{{"text", "hi"}}));
    if (act == "secret") co_return Json(context.Secret("TOKEN").value_or("none"));
    if (act == "undeclared") co_return Json(context.Secret("undeclared").value_or("none"));
    if (act == "state") co_return context.State("plan").value_or("none");
    if (act == "artifact") co_return Json(context.PutArtifact("bytes"));
    if (act == "info") co_return Json(context.op_id() + "/" + std::to_string(context.attempt()));
    if (act == "next of nothing") {
      const auto next = co_await context.Next();
      co_return Json(next.first);
    }
    context.StartChild("k", "timer", Json::object());
    context.StartChild("k", "timer", Json::object());
    co_return Json("the same key twice");
  }
};

struct NotAStep final : Type {
  explicit NotAStep(const Json&) {}
  Task<Json> Call(Context& context, Json) override { co_return Json(context.verb()); }
};

// Says whether it ran on one thread from beginning to end.
struct Stays final : Step {
  explicit Stays(const Json&) {}
  Task<Json> Run(Context& context, Json) override {
    const auto home = std::this_thread::get_id();
    co_await context.Child("k", "timer", Json::object());
    co_return Json(std::this_thread::get_id() == home);
  }
};

Completed After(FakeHost& host, const std::string& act) {
  auto driven = Driven::Of<Acts>();
  driven.Start(1, Json{{"act", act}}.dump());
  driven.Release(1);
  return host.end(1);
}

const mamc_factory* FactoryFor(const mamc_module& module, const char* id) {
  return module.get_factory(id);
}

}  // namespace
}  // namespace mamc::sdk::test

MAMC_PLUGIN(mamc::sdk::Provide<mamc::sdk::test::Acts>("step", "acts"),
            mamc::sdk::Provide<mamc::sdk::test::NotAStep>("board", "b"),
            mamc::sdk::Provide<mamc::sdk::test::NotAStep>("step", "second"),
            mamc::sdk::Provide<mamc::sdk::test::Stays>("step", "stays"),
            mamc::sdk::Provide<mamc::sdk::test::Stays>("step", "wanders"))

namespace mamc::sdk::test {
namespace {

TEST_CASE("A failure keeps its code and message and details") {
  FakeHost host;
  const Completed end = After(host, "fail");
  CHECK(end.code == MAMC_E_CONFLICT);
  CHECK(end.json == Json({{"message", "somebody was faster"}, {"details", {{"version", 4}}}}));
  FakeHost other;
  CHECK(After(other, "fail with success").code == MAMC_E_FAILED);
}

TEST_CASE("No exception crosses the border") {
  const std::string act = GENERATE("throw", "throw an int", "throw at once");
  FakeHost host;
  const Completed end = After(host, act);
  CHECK(end.code == MAMC_E_INTERNAL);
  CHECK_FALSE(end.json.at("message").get<std::string>().empty());
}

TEST_CASE("An input that is not JSON fails the call") {
  FakeHost host;
  auto driven = Driven::Of<Acts>();
  driven.Start(1, "{\"act\":");
  CHECK(host.end(1).code == MAMC_E_INVALID);
  driven.Start(2, "{}");
  CHECK(host.end(2).code == MAMC_E_INTERNAL);
}

TEST_CASE("Bytes that are not UTF-8 are replaced in a result") {
  FakeHost host;
  CHECK(After(host, "latin1").json == "caf\xEF\xBF\xBD");
}

TEST_CASE("A result that the host refuses ends the call with the reason") {
  FakeHost host;
  host.max_result_bytes = 100;
  const Completed end = After(host, "large");
  CHECK(end.code == MAMC_E_LIMIT);
  CHECK(end.json.at("message").get<std::string>().find("1002 bytes") != std::string::npos);
}

TEST_CASE("A step refuses a verb that it does not have") {
  FakeHost host;
  auto driven = Driven::Of<Acts>();
  driven.Start(1, "{}", 9);
  CHECK(host.end(1).code == MAMC_E_UNSUPPORTED);
}

TEST_CASE("Synchronous services give values or nothing or a failure") {
  FakeHost host;
  host.secrets["TOKEN"] = "s3cret";
  host.state["plan"] = R"({"steps":[1]})";
  CHECK(After(host, "secret").json == "s3cret");
  FakeHost second;
  CHECK(After(second, "secret").json == "none");
  FakeHost third;
  CHECK(After(third, "undeclared").code == MAMC_E_PERMISSION);
  FakeHost fourth;
  fourth.state["plan"] = R"({"steps":[1]})";
  CHECK(After(fourth, "state").json == Json({{"steps", {1}}}));
  FakeHost fifth;
  CHECK(After(fifth, "artifact").code == MAMC_E_UNSUPPORTED);
  FakeHost sixth;
  CHECK(After(sixth, "emit").json == MAMC_AGAIN);
  CHECK(sixth.log() == std::vector<std::string>{R"(emit delta {"text":"hi"})"});
  FakeHost seventh;
  CHECK(After(seventh, "info").json == "op/1");
}

TEST_CASE("Mistakes with children are failures of the call") {
  FakeHost host;
  CHECK(After(host, "next of nothing").code == MAMC_E_INTERNAL);
  FakeHost other;
  const Completed end = After(other, "twice");
  CHECK(end.code == MAMC_E_INTERNAL);
  CHECK(end.json.at("message") == "the child key \"k\" is open already");
}

TEST_CASE("The entry function gives factories by kind and instances by type") {
  FakeHost host;
  mamc_host_info info{};
  info.struct_size = sizeof info;
  const mamc_module* module = nullptr;
  REQUIRE(mamc_plugin_entry_1(&info, &module) == MAMC_OK);
  const mamc_module* again = nullptr;
  REQUIRE(mamc_plugin_entry_1(&info, &again) == MAMC_OK);
  CHECK(again == module);
  REQUIRE(module->init(host.table()) == MAMC_OK);
  CHECK(FactoryFor(*module, MAMC_FACTORY_STEP) != nullptr);
  CHECK(FactoryFor(*module, "mamc.board/1") != nullptr);
  CHECK(FactoryFor(*module, "mamc.step/2") == nullptr);

  const mamc_factory* steps = FactoryFor(*module, MAMC_FACTORY_STEP);
  const mamc_instance* instance = nullptr;
  CHECK(steps->create(steps->self, detail::Str("b"), detail::Str("{}"), &instance) == MAMC_E_NOT_FOUND);
  CHECK(steps->create(steps->self, detail::Str("acts"), detail::Str("{"), &instance) == MAMC_E_INTERNAL);
  CHECK(steps->create(steps->self, detail::Str("acts"), detail::Str(R"({"refuse":"no such host"})"),
                      &instance) == MAMC_E_INVALID);
  CHECK(instance == nullptr);
  CHECK(host.log().back() == std::to_string(MAMC_LOG_ERROR) + " no such host");

  REQUIRE(steps->create(steps->self, detail::Str("second"), detail::Str("{}"), &instance) == MAMC_OK);
  mamc_call_info call{};
  call.struct_size = sizeof call;
  call.verb = 5;
  instance->start(instance->self, 9, &call, detail::Str("{}"));
  CHECK(host.end(9).json == 5);
  instance->release(instance->self, 9);
  instance->destroy(instance->self);
  module->deinit();
}

TEST_CASE("The embedded manifest says which types have a thread for each call") {
  const auto [type, stays] = GENERATE(table<const char*, bool>({{"stays", true}, {"wanders", false}}));
  FakeHost host;
  const mamc_module* module = nullptr;
  REQUIRE(mamc_plugin_entry_1(nullptr, &module) == MAMC_OK);
  const mamc_factory* steps = FactoryFor(*module, MAMC_FACTORY_STEP);
  const mamc_instance* instance = nullptr;
  REQUIRE(steps->create(steps->self, detail::Str(type), detail::Str("{}"), &instance) == MAMC_OK);
  mamc_call_info call{};
  call.struct_size = sizeof call;
  call.verb = MAMC_STEP_RUN;
  std::thread own([&, table = instance] { table->start(table->self, 1, &call, detail::Str("{}")); });
  host.WaitForAsked(1);
  if (!stays) own.join();  // start has returned, or would never
  const mamc_child_result result{sizeof result, MAMC_OK, detail::Str("k"), detail::Str("{}")};
  instance->child_done(instance->self, 1, &result);
  if (stays) own.join();
  CHECK(host.end(1).json == stays);
  instance->release(instance->self, 1);
  instance->destroy(instance->self);
}

TEST_CASE("A child result that is not JSON is a failure of the child") {
  struct Asks final : Step {
    explicit Asks(const Json&) {}
    Task<Json> Run(Context& context, Json) override {
      const Json result = co_await context.Child("k", "timer", Json::object());
      co_return result;
    }
  };
  FakeHost host;
  auto driven = Driven::Of<Asks>();
  driven.Start(1);
  driven.Done(1, "k", "{broken");
  CHECK(host.end(1).code == MAMC_E_INTERNAL);
}

}  // namespace
}  // namespace mamc::sdk::test
