// Calls of default types: coroutines that wait for children, on one thread.
#include <catch2/catch.hpp>

#include "fake_host.hpp"

namespace mamc::sdk::test {
namespace {

// A type whose RUN is the coroutine `body` of the test.
template <auto body>
struct Scripted final : Step {
  explicit Scripted(const Json&) {}
  Task<Json> Run(Context& context, Json input) override { return body(context, std::move(input)); }
};

// A coroutine beside the call's own, so that two wait at once.
struct Fork {
  struct promise_type {
    Fork get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
  ~Fork() { handle.destroy(); }
};

Fork Note(Context& context, std::string key, std::vector<std::string>& notes) {
  FrameMark mark;
  std::string note = key + ": ";
  try {
    const Json result = co_await context.Child(key, "timer", Json::object());
    note += result.dump();
  } catch (const Failure& failure) {
    note += failure.what();
  }
  notes.push_back(note);
}

Task<Json> TwoForks(Context& context, Json) {
  std::vector<std::string> notes;
  const Fork a = Note(context, "a", notes);
  const Fork b = Note(context, "b", notes);
  const Json last = co_await context.Child("c", "timer", Json::object());
  notes.push_back("c: " + last.dump());
  co_return Json(notes);
}

Task<Json> InListedOrder(Context& context, Json) {
  FrameMark mark;
  const auto first = context.StartChild("first", "timer", Json::object());
  const auto second = context.StartChild("second", "timer", Json::object());
  const ChildResult one = co_await first;
  const ChildResult two = co_await second;
  Json result;
  result["first"] = one.json;
  result["second"] = two.json;
  co_return result;
}

Task<Json> InArrivalOrder(Context& context, Json) {
  Json order = Json::array();
  for (const char* key : {"a", "b", "c"}) context.StartChild(key, "timer", Json::object());
  for (int i = 0; i < 3; ++i) {
    auto [key, result] = co_await context.Next();
    order.push_back(key + (result.ok() ? "" : " failed: " + result.message()));
  }
  co_return order;
}

Task<int> Add(Context& context, int depth) {
  FrameMark mark;
  if (depth == 0) {
    const Json answer = co_await context.Child("leaf", "timer", Json::object());
    co_return answer.at("n").get<int>();
  }
  const int below = co_await Add(context, depth - 1);
  co_return below + 1;
}

Task<Json> Nested(Context& context, Json) {
  const int sum = co_await Add(context, 3);
  co_return Json(sum);
}

Task<> Nothing() {
  co_return;
}

Task<Json> ManyFinishedTasks(Context&, Json) {
  for (int i = 0; i < 1'000'000; ++i) co_await Nothing();
  co_return Json("done");
}

Task<Json> CleansUpAfterCancel(Context& context, Json) {
  Json seen = Json::array();
  for (const char* key : {"one", "two"}) {
    try {
      co_await context.Child(key, "timer", Json::object());
    } catch (const Failure& failure) {
      seen.push_back(failure.code());
    }
  }
  throw Failure(MAMC_E_CANCELLED, "stopped", seen);
}

Task<Json> Tries(Context& context, Json) {
  const ChildResult result = co_await context.TryChild("k", "board", Json::object());
  co_return Json{{"code", result.code}, {"message", result.message()}};
}

Task<Json> DropsOne(Context& context, Json) {
  const auto dropped = context.StartChild("dropped", "timer", Json::object());
  context.StartChild("kept", "timer", Json::object());
  context.CancelChild("dropped");
  const auto [key, result] = co_await context.Next();
  co_return Json(key);
}

Task<Json> WaitsForDropped(Context& context, Json) {
  const auto dropped = context.StartChild("dropped", "timer", Json::object());
  context.CancelChild("dropped");
  const ChildResult result = co_await dropped;
  co_return result.json;
}

// A braced JSON value inside a co_await expression does not compile with GCC 12, so inputs have names.
Task<Json> NamedInput(Context& context, Json) {
  Json input{{"delay_ms", 5}, {"list", {1, 2, "three"}}};
  const Json result = co_await context.Child("k", "timer", std::move(input));
  co_return result;
}

TEST_CASE("Each of two waiting coroutines is woken by its own child alone") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<TwoForks>>();
  driven.Start(1);
  REQUIRE(host.asked_count() == 3);
  driven.Done(1, "b", "2");
  CHECK(FrameMark::alive == 1);  // b ended, a waits
  driven.Done(1, "a", R"({"message":"a broke"})", MAMC_E_FAILED);
  CHECK_FALSE(host.completed(1));
  driven.Done(1, "c", "3");
  CHECK(host.end(1).json == Json({"b: 2", "a: a broke", "c: 3"}));
  driven.Release(1);
  CHECK(FrameMark::alive == 0);
}

TEST_CASE("A coroutine that waits for one child is not resumed by a sibling") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<InListedOrder>>();
  driven.Start(1);
  driven.Done(1, "second", "2");
  CHECK_FALSE(host.completed(1));
  driven.Done(1, "first", "1");
  CHECK(host.end(1).json == Json({{"first", 1}, {"second", 2}}));
}

TEST_CASE("Two calls of one instance do not take each others results") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<Nested>>();
  driven.Start(1);
  driven.Start(2);
  driven.Done(2, "leaf", R"({"n":20})");
  CHECK_FALSE(host.completed(1));
  CHECK(host.end(2).json == 23);
  driven.Done(1, "leaf", R"({"n":10})");
  CHECK(host.end(1).json == 13);
}

TEST_CASE("Next gives ends in the order in which they came") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<InArrivalOrder>>();
  driven.Start(1);
  driven.Done(1, "c");
  driven.Done(1, "a", R"({"message":"no"})", MAMC_E_TIMEOUT);
  driven.Done(1, "b");
  CHECK(host.end(1).json == Json({"c", "a failed: no", "b"}));
}

TEST_CASE("Frames of a finished or abandoned call are gone after release") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<Nested>>();
  driven.Start(1);
  CHECK(FrameMark::alive == 4);
  driven.Release(1);
  CHECK(FrameMark::alive == 0);
  driven.Start(2);
  driven.Done(2, "leaf", R"({"n":1})");
  CHECK(FrameMark::alive == 0);
  driven.Done(2, "leaf", R"({"n":1})");  // late: nobody waits any more
  driven.Release(2);
  driven.Cancel(2);
  driven.Done(7, "leaf");  // a ticket that never was
}

TEST_CASE("An instance frees the calls that were never released") {
  FakeHost host;
  {
    auto driven = Driven::Of<Scripted<Nested>>();
    driven.Start(1);
    CHECK(FrameMark::alive == 4);
  }
  CHECK(FrameMark::alive == 0);
}

TEST_CASE("Cancel ends the waiting coroutine with a failure once") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<CleansUpAfterCancel>>();
  driven.Start(1);
  driven.Cancel(1);
  REQUIRE(host.completed(1));
  CHECK(host.end(1).code == MAMC_E_CANCELLED);
  CHECK(host.end(1).json.at("details") == Json({MAMC_E_CANCELLED, MAMC_E_CANCELLED}));
  CHECK(host.asked_count() == 1);  // no new child after the cancel
  driven.Cancel(1);
  driven.Done(1, "one");
  driven.Release(1);
}

TEST_CASE("A call that stops at its deadline says so") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<InListedOrder>>();
  driven.Start(1);
  driven.Done(1, "second");
  driven.Cancel(1, MAMC_E_TIMEOUT);
  CHECK(host.end(1).code == MAMC_E_TIMEOUT);
  CHECK(host.end(1).json.at("message") == "its time was up");
  CHECK(FrameMark::alive == 0);
}

TEST_CASE("Cancel wakes every coroutine that waits") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<TwoForks>>();
  driven.Start(1);
  driven.Cancel(1);
  CHECK(host.end(1).code == MAMC_E_CANCELLED);
  driven.Release(1);
  CHECK(FrameMark::alive == 0);
}

TEST_CASE("A million tasks that end at once need no stack") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<ManyFinishedTasks>>();
  driven.Start(1);
  CHECK(host.end(1).json == "done");
}

TEST_CASE("A failed or refused child is a result for TryChild") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<Tries>>();
  driven.Start(1);
  driven.Done(1, "k", R"({"message":"changed meanwhile"})", MAMC_E_CONFLICT);
  CHECK(host.end(1).json == Json({{"code", MAMC_E_CONFLICT}, {"message", "changed meanwhile"}}));
  host.refuse["k"] = MAMC_E_CLASS;
  driven.Start(2);
  CHECK(host.end(2).json.at("code") == MAMC_E_CLASS);
  CHECK(host.end(2).json.at("message").get<std::string>().find("\"k\" of the service board") !=
        std::string::npos);
  host.refuse["k"] = MAMC_E_CANCELLED;
  driven.Start(3);
  CHECK(host.end(3).code == MAMC_E_CANCELLED);
}

TEST_CASE("A dropped child is not delivered even when its end was on the way") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<DropsOne>>();
  driven.Start(1);
  CHECK(host.cancelled_children() == std::vector<std::string>{"dropped"});
  driven.Done(1, "dropped");
  CHECK_FALSE(host.completed(1));
  driven.Done(1, "kept");
  CHECK(host.end(1).json == "kept");
}

TEST_CASE("Waiting for a dropped child fails the call") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<WaitsForDropped>>();
  driven.Start(1);
  CHECK(host.end(1).code == MAMC_E_STALE);
}

TEST_CASE("The input of a child reaches the host whole") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<NamedInput>>();
  driven.Start(1);
  CHECK(host.asked().at(0).input == Json::parse(R"({"delay_ms":5,"list":[1,2,"three"]})"));
  driven.Done(1, "k", "7");
  CHECK(host.end(1).json == 7);
}

}  // namespace
}  // namespace mamc::sdk::test
