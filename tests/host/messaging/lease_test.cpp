#include "mamc/messaging/lease.hpp"

#include <catch2/catch.hpp>

#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::messaging;

namespace {

// A lease over a transport that answers as the test wants it.
struct Desk {
  explicit Desk(const TempDir& its_dir) : dir(its_dir), bench(its_dir) {
    auto opened = bench.calls->Open(plugin::Kind::kTransport, "test.flaky", {{"dir", dir.path().string()}});
    REQUIRE(opened.status().message() == "");
    lease = std::make_unique<Lease>(bench.loop, *bench.calls, *opened,
                                    LeaseOptions{.name = "project:p", .owner = "we"});
  }
  void Begin() {
    lease->Begin({.on_held = [this](const std::string& before) { heard.push_back("held before " + before); },
                  .on_waiting = [this](const std::string& holder) { heard.push_back("waits " + holder); },
                  .on_lost = [this](const std::string& why) { heard.push_back("lost " + why); },
                  .on_failed = [this](const Status& why) { heard.push_back("failed " + why.message()); }});
  }
  void Write(const std::string& name, const std::string& text) {
    dir.Write(name + ".part", text);
    std::filesystem::rename(dir / (name + ".part"), dir / name);
  }
  void Remove(const std::string& name) { std::filesystem::remove(dir / name); }
  void WaitForHeard(std::size_t count) {
    bench.Until([&] { return heard.size() >= count; });
    CHECK(heard.size() == count);
  }
  std::size_t asked() const { return LinesOf(dir / "leases").size(); }
  // Asked again and answered: its next timer stands.
  void WaitForAsked(std::size_t count) {
    bench.Until([&] { return asked() >= count && bench.loop.pending_timers() >= 1; });
  }

  const TempDir& dir;
  EngineBench bench;
  std::unique_ptr<Lease> lease;
  std::vector<std::string> heard;
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("who finds a lease taken waits and has it when the other has ended") {
  TempDir dir;
  Desk desk(dir);
  desk.Write("holder", "other");
  desk.Write("before", "other");
  desk.Begin();
  desk.WaitForHeard(1);
  CHECK(desk.heard == Words{"waits other"});
  CHECK_FALSE(desk.lease->held());
  desk.Remove("holder");
  desk.bench.Advance(15'000);
  desk.WaitForHeard(2);
  CHECK(desk.heard.back() == "held before other");
  CHECK(desk.lease->held());
}

TEST_CASE("a lease that is renewed in time stays ours") {
  TempDir dir;
  Desk desk(dir);
  desk.Begin();
  desk.WaitForHeard(1);
  CHECK(desk.heard == Words{"held before "});
  for (std::size_t renewals = 1; renewals <= 12; ++renewals) {
    desk.bench.Advance(15'000);
    desk.bench.Until([&] { return desk.asked() == renewals + 1; });
    // One for the next renewal, one for the end.
    desk.bench.Until([&] { return desk.bench.loop.pending_timers() == 2; });
    CHECK(desk.lease->held());
  }
  CHECK(desk.heard.size() == 1);
}

TEST_CASE("a lease that could not be renewed in time is lost by our own clock and may come back") {
  TempDir dir;
  Desk desk(dir);
  desk.Begin();
  desk.WaitForHeard(1);
  desk.Write("hold", "");
  desk.bench.Advance(59'999);
  CHECK(desk.lease->held());
  desk.bench.Advance(1);
  CHECK_FALSE(desk.lease->held());
  REQUIRE(desk.heard.size() == 2);
  CHECK(desk.heard.back() == "lost it could not be renewed in time");
  // An answer to a question that is older than the lease's time gives nothing.
  desk.bench.Advance(15'000);
  desk.Remove("hold");
  desk.bench.Until([&] { return desk.bench.loop.pending_timers() == 1; });
  CHECK_FALSE(desk.lease->held());
  desk.bench.Advance(15'000);
  desk.WaitForHeard(3);
  CHECK(desk.lease->held());
}

TEST_CASE("a lease that somebody else has got meanwhile is lost when that is heard") {
  TempDir dir;
  Desk desk(dir);
  desk.Begin();
  desk.WaitForHeard(1);
  desk.Write("holder", "other");
  desk.bench.Advance(15'000);
  desk.WaitForHeard(3);
  CHECK(desk.heard == Words{"held before ", "lost other has it", "waits other"});
  CHECK_FALSE(desk.lease->held());
}

TEST_CASE("a lease that is given up is not held and says nothing more") {
  TempDir dir;
  Desk desk(dir);
  desk.Begin();
  desk.WaitForHeard(1);
  int given_up = 0;
  desk.lease->GiveUp([&] { ++given_up; });
  CHECK_FALSE(desk.lease->held());
  desk.lease->GiveUp([&] { ++given_up; });
  desk.bench.Until([&] { return given_up == 2; });
  CHECK(LinesOf(dir / "leases") == Words{"60000", "0"});
  desk.lease->GiveUp([&] { ++given_up; });
  CHECK(given_up == 3);
  desk.bench.Advance(120'000);
  CHECK(desk.heard.size() == 1);
  CHECK(desk.asked() == 2);
}

TEST_CASE("a transport that has no leases or is out of reach for good is told once") {
  TempDir dir;
  auto code = GENERATE(Code::kUnsupported, Code::kUnavailable);
  Desk desk(dir);
  desk.Write("end", std::to_string(static_cast<int>(code)));
  desk.Begin();
  desk.WaitForHeard(1);
  CHECK(desk.heard == Words{"failed the line is dead"});
  desk.bench.Advance(120'000);
  CHECK(desk.asked() == 1);
}

TEST_CASE("a lease that cannot be asked for is lost before that is told") {
  TempDir dir;
  Desk desk(dir);
  desk.Begin();
  desk.WaitForHeard(1);
  desk.Write("end", std::to_string(static_cast<int>(Code::kUnavailable)));
  desk.bench.Advance(15'000);
  desk.WaitForHeard(3);
  CHECK(desk.heard == Words{"held before ", "lost the line is dead", "failed the line is dead"});
}
