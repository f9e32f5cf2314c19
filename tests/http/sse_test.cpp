#include "mamc/http/sse.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace mamc::http;
using namespace std::string_view_literals;

namespace {

// What a stream says, fed in pieces of `step` bytes: "event/id: data" for each event.
std::vector<std::string> Events(std::string_view stream, std::size_t step) {
  SseParser parser;
  std::vector<std::string> events;
  const auto sink = [&](const SseEvent& event) {
    events.push_back(event.event + "/" + event.id + ": " + event.data);
  };
  for (std::size_t at = 0; at < stream.size(); at += step)
    REQUIRE(parser.Feed(stream.substr(at, step), sink));
  return events;
}

void Says(std::string_view stream, const std::vector<std::string>& events) {
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    INFO("in pieces of " << step);
    CHECK(Events(stream, step) == events);
  }
}

}  // namespace

TEST_CASE("lines end with any of the three line ends wherever the bytes are split") {
  Says("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\r\n\n",
       {"message/: a", "message/: b", "message/: c", "message/: d"});
}

TEST_CASE("several data lines are joined by line feeds") {
  Says("data: one\ndata:two\ndata:  three\ndata\n\n", {"message/: one\ntwo\n three\n"});
}

TEST_CASE("comments and unknown fields say nothing") {
  Says(": keep-alive\n\nfoo: bar\ndata: x\n:data: y\n\n", {"message/: x"});
}

TEST_CASE("a byte order mark counts only at the start") {
  Says(
      "\xEF\xBB\xBF"
      "data: a\n\n\xEF\xBB\xBF"
      "data: b\n\ndata: c\n\n",
      {"message/: a", "message/: c"});
  Says(
      "\xEF\xBB"
      "data: lost\n\ndata: a\n\n",
      {"message/: a"});
}

TEST_CASE("the event name holds for one event and the id for all that follow") {
  Says("event: error\nid: 7\ndata: x\n\ndata: y\n\n", {"error/7: x", "message/7: y"});
}

TEST_CASE("an id with a null byte is ignored and an empty one resets") {
  Says("id: 7\ndata: a\n\nid: 8\0\ndata: b\n\nid\ndata: c\n\n"sv,
       {"message/7: a", "message/7: b", "message/: c"});
}

TEST_CASE("an event without data is none but one with empty data is") {
  Says("event: ping\n\ndata\n\n", {"message/: "});
}

TEST_CASE("what the end of the stream cuts is no event") {
  Says("data: a\n\ndata: b\n", {"message/: a"});
}

TEST_CASE("the reconnection time must be digits") {
  SseParser parser;
  const auto ignore = [](const SseEvent&) {};
  parser.Feed("retry: 1500\nretry: 2s\nretry: -1\n", ignore);
  CHECK(parser.retry_ms() == 1500);
}

TEST_CASE("an event over its limit stops the parser") {
  SseParser parser(100);
  int events = 0;
  const auto count = [&](const SseEvent&) { ++events; };
  CHECK(parser.Feed("data: small\n\n", count));
  bool taken = true;
  for (int i = 0; i < 20 && taken; ++i) taken = parser.Feed("data: 1234567\n", count);
  CHECK_FALSE(taken);
  CHECK_FALSE(parser.Feed("\n\n", count));
  CHECK(events == 1);
}
