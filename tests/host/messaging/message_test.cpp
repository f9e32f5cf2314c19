#include "mamc/messaging/message.hpp"

#include <catch2/catch.hpp>

using namespace mamc;
using namespace mamc::messaging;

TEST_CASE("a request travels as the fields of the wire format and every value is a text") {
  Request request;
  request.workflow_id = "run-1";
  request.task_id = "7";
  request.step = "plan@1/request";
  request.from = "coordination";
  request.to_persona = "qa-engineer";
  request.intent = "test";
  request.payload = {{"n", 1}};
  request.corr_id = "c1";
  request.deadline_s = 90;
  request.repo = "git@example.com:x.git";
  request.branch = "task";
  request.base = "main";
  request.project_id = "p";
  request.commit = "abc";
  request.attempt = 2;
  const Fields fields = request.ToFields();
  CHECK(fields == Fields{{"workflow_id", "run-1"},
                         {"task_id", "7"},
                         {"step", "plan@1/request"},
                         {"from", "coordination"},
                         {"to_persona", "qa-engineer"},
                         {"intent", "test"},
                         {"payload", "{\"n\":1}"},
                         {"corr_id", "c1"},
                         {"deadline_s", "90"},
                         {"repo", "git@example.com:x.git"},
                         {"branch", "task"},
                         {"base", "main"},
                         {"project_id", "p"},
                         {"commit", "abc"},
                         {"attempt", "2"}});
  auto read = Request::FromFields(fields);
  REQUIRE(read.ok());
  CHECK(read->ToFields() == fields);
}

TEST_CASE("the fields that a request must have are there when they are empty and the others are left out") {
  const Fields fields = Request{.to_persona = "x", .corr_id = "c"}.ToFields();
  for (const char* name : {"workflow_id", "step", "to_persona", "intent", "payload", "corr_id", "deadline_s"})
    CHECK(fields.count(name) == 1);
  for (const char* name : {"task_id", "from", "repo", "branch", "project_id", "commit"})
    CHECK(fields.count(name) == 0);
}

TEST_CASE("a foreign request with fields of its own and without ours is understood") {
  auto request = Request::FromFields({{"to_persona", "qa-engineer"}, {"corr_id", "c"}, {"x_trace", "abc"}});
  REQUIRE(request.ok());
  CHECK(request->payload == Json::object());
  CHECK(request->attempt == 1);
  CHECK(request->deadline_s == 0);
}

TEST_CASE("a malformed request says what is wrong with it") {
  CHECK(Request::FromFields({{"corr_id", "c"}}).status().message() == "request without to_persona");
  CHECK(Request::FromFields({{"to_persona", "x"}}).status().message() == "request without corr_id");
  CHECK_FALSE(Request::FromFields({{"to_persona", "x"}, {"corr_id", "c"}, {"payload", "{"}}).ok());
  CHECK_FALSE(Request::FromFields({{"to_persona", "x"}, {"corr_id", "c"}, {"payload", "[1]"}}).ok());
}

TEST_CASE("a deadline beyond all measure is cut and a nonsensical one is none") {
  auto deadline = [](const char* text) {
    return Request::FromFields({{"to_persona", "x"}, {"corr_id", "c"}, {"deadline_s", text}})->deadline_s;
  };
  CHECK(deadline("9223372036854775807") == 30 * 24 * 3600);
  CHECK(deadline("-5") == 0);
  CHECK(deadline("soon") == 0);
}

TEST_CASE("an event travels as the fields of the wire format") {
  Event event;
  event.workflow_id = "run-1";
  event.task_id = "7";
  event.step = "s";
  event.from_persona = "qa-engineer";
  event.status = "done";
  event.result = {{"status", "pass"}};
  event.corr_id = "c1";
  event.timestamp_ms = 1700000000000;
  event.duration_ms = 12;
  const Fields fields = event.ToFields();
  CHECK(fields == Fields{{"workflow_id", "run-1"},
                         {"task_id", "7"},
                         {"step", "s"},
                         {"from_persona", "qa-engineer"},
                         {"status", "done"},
                         {"result", "{\"status\":\"pass\"}"},
                         {"corr_id", "c1"},
                         {"timestamp", "1700000000000"},
                         {"duration_ms", "12"}});
  CHECK(Event::FromFields(fields)->ToFields() == fields);
}

TEST_CASE("a foreign event with ts and a plain text as result is understood") {
  auto event = Event::FromFields(
      {{"corr_id", "c"}, {"status", "done"}, {"ts", "1700000000123"}, {"result", "all is well"}});
  REQUIRE(event.ok());
  CHECK(event->timestamp_ms == 1700000000123);
  CHECK(event->result == Json{{"output", "all is well"}});
  CHECK_FALSE(Event::FromFields({{"status", "done"}}).ok());
  CHECK_FALSE(Event::FromFields({{"corr_id", "c"}}).ok());
}
