// What a run of tests says by name, in the words of the runners that are common.
#pragma once
#include <set>
#include <string>
#include <string_view>

namespace mamc::notes {

struct TestReport {
  std::multiset<std::string> failed;  // tests of several programs may have one name
  // Whether the runner says that it has run all there are. One that stops at the first failure does not, and
  // nothing is known of the tests behind it.
  bool is_whole = false;
  // Whether something could not be built, loaded or imported, so that tests were not run at all.
  bool is_broken = false;
};

TestReport ReadTestReport(std::string_view output);

}  // namespace mamc::notes
