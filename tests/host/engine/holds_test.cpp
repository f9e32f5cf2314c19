#include "holds.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace mamc;
using namespace mamc::engine;
using workflow::Access;

namespace {

// Names of the holds that were granted, in order.
struct Desk {
  Holds holds;
  std::vector<std::string> granted;
  HoldId Ask(const std::string& path, Access access) {
    auto hold = holds.Acquire(path, access, [this, path] { granted.push_back(path); });
    REQUIRE(hold.ok());
    return *hold;
  }
};
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("readers hold the workspace together and a writer alone") {
  Desk desk;
  HoldId a = desk.Ask("a@1", Access::kRead), b = desk.Ask("b@1", Access::kRead);
  HoldId w = desk.Ask("w@1", Access::kWrite);
  desk.Ask("c@1", Access::kRead);  // behind the writer that waits
  CHECK(desk.granted == Names{"a@1", "b@1"});
  desk.holds.Release(a);
  CHECK(desk.granted.size() == 2);
  desk.holds.Release(b);
  CHECK(desk.granted == Names{"a@1", "b@1", "w@1"});
  desk.holds.Release(w);
  CHECK(desk.granted.back() == "c@1");
}

TEST_CASE("what runs below a writer runs inside its hold and writers below it one at a time") {
  Desk desk;
  HoldId outer = desk.Ask("loop@1", Access::kWrite);
  HoldId first = desk.Ask("loop@1/fix/1/a@1", Access::kWrite);
  HoldId second = desk.Ask("loop@1/fix/2/b@1", Access::kWrite);
  desk.Ask("other@1", Access::kWrite);
  CHECK(desk.granted == Names{"loop@1", "loop@1/fix/1/a@1"});
  desk.holds.Release(first);
  CHECK(desk.granted.back() == "loop@1/fix/2/b@1");
  desk.holds.Release(outer);
  CHECK(desk.granted.size() == 3);  // a descendant still writes
  desk.holds.Release(second);
  CHECK(desk.granted.back() == "other@1");
}

TEST_CASE("a write below a hold that only reads is refused by name") {
  Desk desk;
  desk.Ask("look@1", Access::kRead);
  auto refused = desk.holds.Acquire("look@1/steps/0/edit@1", Access::kWrite, [] {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().message().find("look@1/steps/0/edit@1 writes") != std::string::npos);
  CHECK(refused.status().message().find("within look@1,") != std::string::npos);
  CHECK(desk.holds.Acquire("look@10/edit@1", Access::kWrite, [] {}).ok());  // not below it
}

TEST_CASE("whoever leaves the queue of holds lets the next one in") {
  Desk desk;
  desk.Ask("a@1", Access::kRead);
  HoldId writer = desk.Ask("w@1", Access::kWrite);
  desk.Ask("b@1", Access::kRead);
  desk.holds.Release(writer);
  CHECK(desk.granted == Names{"a@1", "b@1"});
  CHECK_FALSE(desk.holds.idle());
}
