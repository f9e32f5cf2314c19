// Calls of `blocking` types: they run to their end on a thread of their own, results come on another.
#include <catch2/catch.hpp>
#include <thread>

#include "fake_host.hpp"

namespace mamc::sdk::test {
namespace {

template <auto body>
struct Scripted final : Step {
  explicit Scripted(const Json&) {}
  Task<Json> Run(Context& context, Json input) override { return body(context, std::move(input)); }
};

Task<Json> AsksTwice(Context& context, Json) {
  FrameMark mark;
  const auto home = std::this_thread::get_id();
  const Json one = co_await context.Child("one", "spawn", Json::object());
  const Json two = co_await context.Child("two", "spawn", Json::object());
  if (std::this_thread::get_id() != home) throw std::logic_error("moved to another thread");
  co_return Json(one.get<int>() + two.get<int>());
}

Task<Json> ReadsUntilStopped(Context& context, Json) {
  const std::stop_token stop = context.stop_token();
  std::mutex mutex;
  std::condition_variable_any stopped;
  context.StartChild("begun", "timer", Json::object());
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
  throw Failure(MAMC_E_CANCELLED, context.cancelled() ? "stopped" : "woken for nothing");
  co_return Json();
}

Task<Json> TakesNext(Context& context, Json) {
  Json order = Json::array();
  for (const char* key : {"a", "b"}) context.StartChild(key, "timer", Json::object());
  for (int i = 0; i < 2; ++i) {
    auto [key, result] = co_await context.Next();
    order.push_back(key);
  }
  co_return order;
}

Task<Json> AwaitsSomethingElse(Context&, Json) {
  co_await std::suspend_always();
  co_return Json();
}

TEST_CASE("A blocking call waits for its children on its own thread") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<AsksTwice>>(Json::object(), Threads::kOwn);
  std::thread own([&] { driven.Start(1); });
  host.WaitForAsked(1);
  driven.Done(1, "one", "20");
  host.WaitForAsked(2);
  driven.Done(1, "two", "22");
  own.join();
  CHECK(host.end(1).json == 42);
  driven.Release(1);
  CHECK(FrameMark::alive == 0);
}

TEST_CASE("Many blocking calls at once each get their own results") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<AsksTwice>>(Json::object(), Threads::kOwn);
  constexpr int kCalls = 16;
  std::vector<std::thread> threads;
  for (mamc_ticket ticket = 1; ticket <= kCalls; ++ticket)
    threads.emplace_back([&, ticket] { driven.Start(ticket); });
  for (std::size_t answered = 0; answered < 2 * kCalls; ++answered) {
    host.WaitForAsked(answered + 1);
    const Asked asked = host.asked().at(answered);
    driven.Done(asked.ticket, asked.key, std::to_string(asked.ticket));
  }
  for (std::thread& thread : threads) thread.join();
  for (mamc_ticket ticket = 1; ticket <= kCalls; ++ticket) {
    CHECK(host.end(ticket).json == 2 * ticket);
    driven.Release(ticket);
  }
}

TEST_CASE("Cancel reaches a blocking call that waits for a child") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<AsksTwice>>(Json::object(), Threads::kOwn);
  std::thread own([&] { driven.Start(1); });
  host.WaitForAsked(1);
  driven.Cancel(1);
  own.join();
  CHECK(host.end(1).code == MAMC_E_CANCELLED);
  CHECK(FrameMark::alive == 0);
}

TEST_CASE("Cancel reaches a blocking call through its stop token") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<ReadsUntilStopped>>(Json::object(), Threads::kOwn);
  std::thread own([&] { driven.Start(1); });
  host.WaitForAsked(1);
  driven.Cancel(1);
  own.join();
  CHECK(host.end(1).code == MAMC_E_CANCELLED);
  CHECK(host.end(1).json.at("message") == "stopped");
}

TEST_CASE("A blocking call takes ends in the order in which they came") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<TakesNext>>(Json::object(), Threads::kOwn);
  std::thread own([&] { driven.Start(1); });
  host.WaitForAsked(2);
  driven.Done(1, "b");
  driven.Done(1, "a");
  own.join();
  CHECK(host.end(1).json == Json({"b", "a"}));
}

TEST_CASE("A blocking call that awaits anything but a child fails") {
  FakeHost host;
  auto driven = Driven::Of<Scripted<AwaitsSomethingElse>>(Json::object(), Threads::kOwn);
  driven.Start(1);
  CHECK(host.end(1).code == MAMC_E_INTERNAL);
}

}  // namespace
}  // namespace mamc::sdk::test
