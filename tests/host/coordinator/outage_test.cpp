#include "outage.hpp"

#include <catch2/catch.hpp>

#include "support/manual_loop.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::coordinator;
using Verdict = Outage::Verdict;

namespace {

constexpr Milliseconds kMinute(60'000);

struct Hours {
  ManualLoop loop;
  Outage outage{loop.clock(), 10 * kMinute};
  Verdict After(Milliseconds run_time, const std::string& task, Code code) {
    loop.Advance(run_time);
    return outage.TaskEnded(task, code, "no answer");
  }
};

}  // namespace

TEST_CASE("a time-out counts at once and tells that something was reached") {
  Hours hours;
  CHECK(hours.After(kMinute, "far", Code::kUnavailable) == Verdict::kWait);
  CHECK(hours.After(kMinute, "slow", Code::kTimeout) == Verdict::kCounts);
  CHECK_FALSE(hours.outage.Waits("slow"));
  // The limit counts from here.
  CHECK(hours.After(9 * kMinute, "far", Code::kUnavailable) == Verdict::kWait);
  CHECK(hours.After(9 * kMinute, "far", Code::kUnavailable) == Verdict::kWait);
}

TEST_CASE("a task that was not tried again ends nothing however long its run took") {
  Hours hours;
  CHECK(hours.After(20 * kMinute, "first", Code::kUnavailable) == Verdict::kWait);
  CHECK(hours.After(20 * kMinute, "second", Code::kUnavailable) == Verdict::kWait);
  CHECK(hours.outage.TimeLeft("second") == Milliseconds(60'000));
  CHECK(hours.After(kMinute, "second", Code::kUnavailable) == Verdict::kTooLong);
}

TEST_CASE("what is out of reach again after the limit is too long") {
  Hours hours;
  CHECK(hours.After(kMinute, "a", Code::kUnavailable) == Verdict::kWait);
  CHECK(hours.After(9 * kMinute, "a", Code::kUnavailable) == Verdict::kWait);
  CHECK(hours.outage.TimeLeft("a") == kMinute);
  CHECK(hours.After(kMinute, "a", Code::kUnavailable) == Verdict::kTooLong);
}
