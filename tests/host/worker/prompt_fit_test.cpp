// What goes first when a prompt does not fit, and that what is sent fits.
#include "prompt_fit.hpp"

#include <catch2/catch.hpp>

#include "context_window.hpp"

using namespace mamc;
using namespace mamc::worker;
using Catch::Matchers::Contains;

namespace {

std::string Words(std::size_t count, const std::string& word) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += word + (i % 12 == 11 ? "\n" : " ");
  return text;
}

Prompt LongPrompt() {
  workflow::Persona persona;
  persona.id = "lead-engineer";
  persona.prompt = "You are the engineer.";
  const Json payload = {{"task", {{"title", "Mend it"}, {"description", Words(40, "task")}}},
                        {"context_summary", Words(1000, "summary")},
                        {"plan", Words(500, "plan")},
                        {"failure", Words(300, "failure")},
                        {"history", {Words(200, "first"), Words(200, "second"), Words(200, "third")}}};
  return ComposePrompt(persona, {{"intent", "fix"}, {"payload", payload}}, Json::object(),
                       {{"a.c", Words(600, "int")}, {"b.c", Words(600, "char")}});
}

std::string UserText(const FittedPrompt& fitted) {
  return fitted.messages[1]["content"];
}

// "plan 0, b.c 12": what was left out and how much of it was kept.
std::vector<std::string> NamesOf(const Json& left_out) {
  std::vector<std::string> names;
  for (const Json& part : left_out)
    names.push_back(GetString(part, "part") + (GetInt(part, "kept") > 0 ? " (shortened)" : ""));
  return names;
}

}  // namespace

TEST_CASE("a prompt that fits is sent as it is") {
  const Prompt prompt = LongPrompt();
  const auto whole = FitPrompt(prompt, std::nullopt);
  REQUIRE(whole);
  CHECK(whole->messages == MessagesOf(prompt));
  CHECK(whole->left_out.empty());
  const auto same = FitPrompt(prompt, whole->estimate);
  REQUIRE(same);
  CHECK(same->messages == whole->messages);
}

TEST_CASE("what is worth least goes first and what must be told stays") {
  const Prompt prompt = LongPrompt();
  struct Row {
    std::int64_t room;
    std::vector<std::string> left_out;
  };
  const Row rows[] = {
      {4300, {"context_summary (shortened)"}},
      {2800, {"b.c", "history (shortened)", "context_summary (shortened)"}},
      {2400, {"b.c", "history", "context_summary (shortened)"}},
      {1000, {"plan", "a.c", "b.c", "history", "context_summary"}},
  };
  for (const Row& row : rows) {
    INFO(row.room);
    const auto fitted = FitPrompt(prompt, row.room);
    REQUIRE(fitted);
    CHECK(NamesOf(fitted->left_out) == row.left_out);
    CHECK(fitted->estimate <= row.room);
    CHECK_THAT(UserText(*fitted),
               Contains("Title: Mend it") && Contains("failure failure") && Contains("intent: fix"));
  }
}

TEST_CASE("the model is told what it is not shown") {
  const auto fitted = FitPrompt(LongPrompt(), 2800);
  REQUIRE(fitted);
  CHECK_THAT(UserText(*fitted), Contains("There was no room for all of it. Left out: b.c, history "
                                         "(shortened), context_summary (shortened)\n\n# Request"));
}

TEST_CASE("a file is shown whole or not at all and a list loses its oldest entries") {
  const Prompt prompt = LongPrompt();
  const std::int64_t whole = FitPrompt(prompt, std::nullopt)->estimate;
  const auto fitted = FitPrompt(prompt, whole - 2100);
  REQUIRE(fitted);
  const std::string text = UserText(*fitted);
  CHECK_THAT(text, Contains("a.c\n```\n" + Words(600, "int")) && Contains("third") && !Contains("first"));
}

TEST_CASE("room that does not hold the question gives no prompt") {
  const Prompt prompt = LongPrompt();
  const std::int64_t smallest = SmallestEstimate(prompt);
  CHECK(smallest < 500);
  CHECK(FitPrompt(prompt, smallest).has_value());
  CHECK_FALSE(FitPrompt(prompt, smallest - 1).has_value());
  CHECK_FALSE(FitPrompt(prompt, 0).has_value());
}

TEST_CASE("of earlier turns the latest stay and an answer never stands without its reply") {
  Prompt prompt = LongPrompt();
  for (const char* word : {"one", "two", "three"}) {
    prompt.turns.push_back({{"role", "assistant"}, {"content", Words(300, word)}});
    prompt.turns.push_back({{"role", "user"}, {"content", std::string("what was wrong with ") + word}});
  }
  const std::int64_t whole = FitPrompt(prompt, std::nullopt)->estimate;
  for (std::int64_t room = 1500; room < whole; room += 97) {
    INFO(room);
    const auto fitted = FitPrompt(prompt, room);
    REQUIRE(fitted);
    CHECK(fitted->estimate <= room);
    const Json& messages = fitted->messages;
    CHECK(messages.size() % 2 == 0);
    CHECK(messages.back()["content"] == "what was wrong with three");
    CHECK(messages[messages.size() - 2]["role"] == "assistant");
  }
}

TEST_CASE("a long answer of the model's own is shortened and said to be") {
  Prompt prompt = LongPrompt();
  prompt.turns = {{{"role", "assistant"}, {"content", Words(3000, "answer")}},
                  {{"role", "user"}, {"content", "what was wrong with it"}}};
  const std::int64_t whole = FitPrompt(prompt, std::nullopt)->estimate;
  const auto fitted = FitPrompt(prompt, whole - 100);
  REQUIRE(fitted);
  CHECK(NamesOf(fitted->left_out) == std::vector<std::string>{"latest answer (shortened)"});
  CHECK_THAT(UserText(*fitted), Contains("Left out: latest answer (shortened)\n"));
  CHECK_THAT(fitted->messages[2]["content"].get<std::string>(), Contains("bytes left out"));
}

TEST_CASE("of a list of many entries as many of the latest are kept as have room") {
  workflow::Persona persona;
  persona.prompt = "You are the engineer.";
  Json entries = Json::array();
  for (int i = 0; i < 5000; ++i) entries.push_back({{"iteration", i}, {"text", "entry of this iteration"}});
  const Prompt prompt = ComposePrompt(persona, {{"payload", {{"history", entries}}}}, Json::object(), {});
  const auto fitted = FitPrompt(prompt, 4000);
  REQUIRE(fitted);
  CHECK(fitted->estimate <= 4000);
  CHECK(fitted->estimate > 3000);
  CHECK_THAT(UserText(*fitted), Contains("\"iteration\": 4999") && !Contains("\"iteration\": 4000,"));
}
