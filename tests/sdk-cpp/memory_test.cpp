// What a waiting call costs: thousands of loops may wait for models at once.
#include <malloc.h>

#include <catch2/catch.hpp>
#include <iostream>

#include "fake_host.hpp"

namespace mamc::sdk::test {
namespace {

// Waits in one request, as a loop around a persona does.
struct OneAsk final : Step {
  explicit OneAsk(const Json&) {}
  Task<Json> Run(Context& context, Json) override {
    FrameMark mark;
    Json request;
    request["persona"] = "tester";
    const Json answer = co_await context.Child("ask/1", "persona.request", std::move(request));
    co_return answer;
  }
};

// Counts nothing and keeps nothing, so that what is measured belongs to the plugin.
mamc_code MAMC_CALL Accept(void*, mamc_ticket, mamc_str, mamc_str, mamc_str) {
  return MAMC_OK;
}
mamc_code MAMC_CALL AcceptEnd(void*, mamc_ticket, mamc_code, mamc_str) {
  return MAMC_OK;
}

TEST_CASE("Ten thousand waiting calls stay small and are freed") {
  constexpr mamc_ticket kCalls = 10'000;
  mamc_children children{sizeof children, 0, nullptr, &Accept, nullptr};
  mamc_complete complete{sizeof complete, 0, nullptr, &AcceptEnd, nullptr};
  detail::TheServices() = {.complete = &complete, .children = &children};
  auto driven = Driven::Of<OneAsk>();

  const std::size_t before = mallinfo2().uordblks;
  for (mamc_ticket ticket = 1; ticket <= kCalls; ++ticket) driven.Start(ticket);
  const std::size_t each = (mallinfo2().uordblks - before) / kCalls;
  CHECK(FrameMark::alive == kCalls);
  std::cout << kCalls << " calls that wait for one child: " << each
            << " bytes each, of which sizeof(Context) " << sizeof(Context) << "\n";
#ifndef MAMC_SANITIZED  // the sanitizers' allocators do not report to mallinfo
  CHECK(each > 0);
  CHECK(each < 2500);
#endif

  for (mamc_ticket ticket = 1; ticket <= kCalls; ticket += 2) driven.Done(ticket, "ask/1");
  for (mamc_ticket ticket = 1; ticket <= kCalls; ++ticket) driven.Release(ticket);
  CHECK(FrameMark::alive == 0);
  detail::TheServices() = {};
}

}  // namespace
}  // namespace mamc::sdk::test
