#include "mamc/base/loop.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace mamc {

TEST_CASE("posted work runs in order, also when it posts and when other threads post") {
  auto loop = MakeLoop();
  std::vector<int> order;
  loop->Post([&] {
    order.push_back(1);
    loop->Post([&] { order.push_back(3); });
    order.push_back(2);
  });
  std::thread other([&] { loop->Post([&] { loop->After(Milliseconds(1), [&] { loop->Stop(); }); }); });
  loop->Run();
  other.join();
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("a loop that was stopped by posted work runs what was left and what comes later") {
  auto loop = MakeLoop();
  std::vector<int> order;
  loop->Post([&] {
    order.push_back(1);
    loop->Stop();
  });
  loop->Post([&] { order.push_back(2); });
  loop->Run();
  CHECK(order == std::vector<int>{1});
  loop->Post([&] {
    order.push_back(3);
    loop->Stop();
  });
  loop->Run();
  loop->Post([&] { loop->Stop(); });
  loop->Run();
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("a loop that was stopped with nothing left to do can be run again") {
  auto loop = MakeLoop();
  int runs = 0;
  for (int round = 0; round < 3; ++round) {
    loop->Post([&] { loop->Stop(); });
    loop->Run();
    loop->Post([&] {
      ++runs;
      loop->Stop();
    });
    loop->Run();
  }
  CHECK(runs == 3);
}

TEST_CASE("a cancelled timer does not run and an idle hook runs after the work") {
  auto loop = MakeLoop();
  int idle = 0, ran = 0;
  loop->OnIdle([&] { ++idle; });
  TimerId timer = loop->After(Milliseconds(1), [&] { ++ran; });
  loop->Cancel(timer);
  loop->After(Milliseconds(5), [&] { loop->Stop(); });
  loop->Post([] {});
  loop->Run();
  CHECK(ran == 0);
  CHECK(idle >= 1);
}

TEST_CASE("a readable descriptor wakes the loop until it is unwatched") {
  auto loop = MakeLoop();
  int fds[2];
  REQUIRE(::pipe(fds) == 0);
  std::string got;
  WatchId watch = 0;
  watch = loop->WatchReadable(fds[0], [&] {
    char c;
    if (::read(fds[0], &c, 1) == 1) got += c;
    if (got == "ab") {
      loop->Unwatch(watch);
      loop->Stop();
    }
  });
  std::thread writer([&] { REQUIRE(::write(fds[1], "ab", 2) == 2); });
  loop->Run();
  writer.join();
  CHECK(got == "ab");
  ::close(fds[0]);
  ::close(fds[1]);
}

}  // namespace mamc
