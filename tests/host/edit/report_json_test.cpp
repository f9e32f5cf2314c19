#include "mamc/edit/report_json.hpp"

#include <catch2/catch.hpp>

#include "mamc/base/json.hpp"
#include "support/temp_dir.hpp"

namespace mamc::edit {

TEST_CASE("of thousands of edits that are refused the first are told as JSON") {
  test::TempDir dir;
  dir.Write("tree/a.c", "one\n");
  std::string answer;
  for (int i = 0; i < 1000; ++i)
    answer += "a.c\n<<<<<<< SEARCH\nline " + std::to_string(i) + "\n=======\nx\n>>>>>>> REPLACE\n";
  auto report = Apply(ParseAnswer(answer), dir / "tree", {});
  REQUIRE(report.ok());
  REQUIRE(report->refused.size() == 1000);
  const Json told = RefusalJson(*report);
  CHECK(told["refused"].size() == 200);
  CHECK(told["refused"][0]["path"].get<std::string>() == "a.c");
  CHECK(told["feedback"].get<std::string>().size() < 100000);
}

}  // namespace mamc::edit
