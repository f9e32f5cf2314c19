#include "context_window.hpp"

#include <catch2/catch.hpp>

using namespace mamc::worker;

TEST_CASE("texts are taken for about as many tokens as tokenizers make of them or more") {
  // Beside each what cl100k_base and Llama 2 make of it; the count must not be below the larger by much.
  struct Row {
    std::string text;
    std::int64_t least;
    std::int64_t most;
  };
  const Row rows[] = {
      {"", 0, 0},
      {"The quick brown fox jumps over the lazy dog.", 10, 16},    // 10, 12
      {"if (status.ok()) return std::move(*answer);\n", 13, 20},   // 12, 15
      {"            return nullptr;\n", 4, 8},                     // 4, 7
      {"2026-12-01T08:26:59.123", 23, 23},                         // 15, 24
      {"MAX_RETRY_COUNT", 7, 12},                                  // 4, 7
      {"----------------------------------------", 1, 10},         // 1, 3
      {"\xe8\xae\xa1\xe5\x88\x92\xe5\xae\x9e\xe7\x8e\xb0", 5, 9},  // 5, 6
      {"\xd0\x9f\xd0\xbb\xd0\xb0\xd0\xbd", 2, 5},                  // 3, 2
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(EstimateTokens(row.text) >= row.least);
    CHECK(EstimateTokens(row.text) <= row.most);
  }
}

TEST_CASE("text that is cut within a character is counted to its end") {
  CHECK(EstimateTokens("\xe8") == 2);
  CHECK(EstimateTokens("\xf0\x9f") == 4);
}

TEST_CASE("a window that nobody has told sets no limit") {
  ContextWindow window;
  CHECK_FALSE(window.RoomFor(1000).has_value());
  window.LearnLength(10'000);
  CHECK(window.RoomFor(1000) == 9000);
}

TEST_CASE("an answer gets at most a quarter of the window") {
  ContextWindow window;
  window.LearnLength(2000);
  CHECK(window.RoomFor(8192) == 1500);
}

TEST_CASE(
    "a server that counts more than was thought is believed at once and one that counts less when it is much "
    "less") {
  ContextWindow window;
  window.LearnLength(10'000);
  CHECK(window.TokensOf(1000) == 1000);
  window.LearnCount(1000, 1200);
  CHECK(window.TokensOf(1000) == 1380);
  window.LearnCount(1000, 1000);  // hardly less: the prompts stay as they are
  CHECK(window.TokensOf(1000) == 1380);
  window.LearnCount(1000, 650);
  CHECK(window.TokensOf(1000) == 748);
  window.LearnCount(1000, 300);  // digits may come next: no text counts for so little
  CHECK(window.TokensOf(1000) == 748);
  CHECK(window.RoomFor(1000) == 12'040);
}

TEST_CASE("a count far below anything that tokenizers make of a text says that the server has cut it") {
  ContextWindow window;
  CHECK(window.WasCut(10'000, 1'900));
  CHECK_FALSE(window.WasCut(10'000, 2'100));
  CHECK_FALSE(window.WasCut(400, 10));      // the server's template weighs more
  CHECK_FALSE(window.WasCut(10'000, 0));    // not told
  CHECK_FALSE(window.WasCut(10'000, 900));  // what the server's cache did not have
  window.LearnCount(10'000, 8'000);
  CHECK(window.WasCut(10'000, 3'900));
  CHECK_FALSE(window.WasCut(10'000, 4'100));
}

TEST_CASE("a count of what a server did not have in its cache teaches nothing") {
  ContextWindow window;
  window.LearnCount(10'000, 900);
  CHECK(window.TokensOf(1000) == 1000);
}
