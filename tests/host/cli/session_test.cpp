#include "mamc/cli/session.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using namespace mamc;
using namespace mamc::cli;

TEST_CASE("paths in settings start at the configuration and get their default in the state folder") {
  Json schema = {{"properties",
                  {{"path", {{"type", "string"}, {"x-path", "board.db"}}},
                   {"file", {{"type", "string"}, {"x-path", true}}},
                   {"name", {{"type", "string"}}}}}};
  CHECK(CompletePaths(schema, Json::object(), "/conf", "/state") == Json{{"path", "/state/board.db"}});
  CHECK(CompletePaths(schema, {{"path", "a/../b.db"}, {"file", "/x"}, {"name", "n"}}, "/conf", "/state") ==
        Json{{"path", "/conf/b.db"}, {"file", "/x"}, {"name", "n"}});
  CHECK(CompletePaths(schema, {{"path", 5}}, "/conf", "/state") == Json{{"path", 5}});
  CHECK(CompletePaths(Json::object(), {{"path", "x"}}, "/conf", "/state") == Json{{"path", "x"}});
}

TEST_CASE("a program with a slash starts at the configuration and a bare name stays one") {
  Json schema = {{"properties", {{"argv", {{"type", "array"}, {"x-program", true}}}}}};
  auto completed = [&](Json argv) {
    return CompletePaths(schema, {{"argv", std::move(argv)}}, "/conf", "/state")["argv"];
  };
  CHECK(completed({"./ask", "./file"}) == Json({"/conf/ask", "./file"}));
  CHECK(completed({"../tools/ask"}) == Json({"/tools/ask"}));
  CHECK(completed({"ask", "x"}) == Json({"ask", "x"}));
  CHECK(completed({"/bin/ask"}) == Json({"/bin/ask"}));
  CHECK(completed(Json::array()) == Json::array());
  CHECK(completed({5}) == Json({5}));
  CHECK(CompletePaths(schema, Json::object(), "/conf", "/state") == Json::object());
}

TEST_CASE("an error is said once with the program's name and gives the exit code of its kind") {
  std::ostringstream out, err;
  Session session(out, err);
  CHECK(session.Fail(NotFound("no such thing")) == kWrongUse);
  CHECK(session.Fail(Unavailable("no answer")) == kUnreachable);
  CHECK(session.Fail(Failed("broken")) == kWorkFailed);
  CHECK(out.str().empty());
  CHECK(err.str() == "mamc-host: no such thing\nmamc-host: no answer\nmamc-host: broken\n");
}
