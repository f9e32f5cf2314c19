// The plain C example (examples/c-step), loaded as a third party's plugin would be and called through the
// ABI.
#include <catch2/catch.hpp>
#include <cstring>

#include "fixture_tree.hpp"
#include "library.hpp"
#include "mamc/base/json.hpp"
#include "mamc/services.h"
#include "mamc/step.h"

namespace mamc::plugin {
namespace {

struct Completion {
  mamc_ticket ticket = 0;
  mamc_code code = 0;
  std::string json;
};

mamc_code KeepCompletion(void* context, mamc_ticket ticket, mamc_code code, mamc_str json) {
  *static_cast<Completion*>(context) = {ticket, code, std::string(json.data, json.size)};
  return MAMC_OK;
}

// The plugin keeps the service tables for the life of the process, so what they point to lives as long.
Completion& LastCompletion() {
  static Completion completion;
  return completion;
}

const void* OneService(void*, const char* id) {
  static const mamc_complete complete = {sizeof complete, 0, &LastCompletion(), KeepCompletion, nullptr};
  return std::strcmp(id, MAMC_SERVICE_COMPLETE) == 0 ? &complete : nullptr;
}

constexpr mamc_host kHost = {sizeof(mamc_host), 0, nullptr, OneService};

mamc_str Str(std::string_view text) {
  return {text.data(), text.size()};
}

class Example {
 public:
  Example() : catalog_({{tree_.dir()}, {}, {}, "0.1.0"}) {
    tree_.Add("acme.count-words");
    catalog_.SetHost(&kHost);
    catalog_.Scan();
    auto found = catalog_.Find(Kind::kStep, "acme.count-words", "^1.0");
    REQUIRE(found.status().message() == "");
    auto library = catalog_.Load(*found->plugin);
    REQUIRE(library.status().message() == "");
    const mamc_factory* factory = (*library)->factory(Kind::kStep);
    REQUIRE(factory->create(factory->self, Str("acme.count-words"), Str("{}"), &instance_) == MAMC_OK);
  }
  ~Example() { instance_->destroy(instance_->self); }

  Completion Start(std::string_view input, std::uint32_t verb = MAMC_STEP_RUN) {
    mamc_call_info info{};
    info.struct_size = sizeof info;
    info.verb = verb;
    LastCompletion() = {};
    instance_->start(instance_->self, 42, &info, Str(input));
    CHECK(LastCompletion().ticket == 42);
    return LastCompletion();
  }

  Json Run(const std::string& text) {
    Completion completion = Start(Dump(
        {{"run", {{"params", {{"text", "a wrong place"}}}}}, {"params", {{"a", {1, "]"}}, {"text", text}}}}));
    CHECK(completion.code == MAMC_OK);
    auto result = ParseJson(completion.json);
    REQUIRE(result.ok());
    return *result;
  }

 private:
  FixtureTree tree_;
  Catalog catalog_;
  const mamc_instance* instance_ = nullptr;
};

}  // namespace

TEST_CASE("the example in plain C counts words") {
  Example example;
  CHECK(example.Run("") == Json{{"words", 0}});
  CHECK(example.Run("one") == Json{{"words", 1}});
  CHECK(example.Run("  one\ntwo\t three\r\n") == Json{{"words", 3}});
  CHECK(example.Run("say \"hello\\nworld\" \xC3\xA4\xC3\xB6 \x01") == Json{{"words", 4}});
}

TEST_CASE("the example in plain C fails in words and survives any input") {
  Example example;
  const std::string good = R"({"params": {"text": "a b"}})";
  CHECK(example.Start(good).code == MAMC_OK);
  CHECK(example.Start(good, 9).code == MAMC_E_UNSUPPORTED);
  CHECK(example.Start(R"({"params": {"text": 7}})").code == MAMC_E_INVALID);
  CHECK(example.Start("{}").json == R"({"message": "params.text must be a text"})");
  for (std::size_t size = 0; size + 2 < good.size(); ++size) {
    const std::vector<char> exact(good.begin(),
                                  good.begin() + static_cast<std::ptrdiff_t>(size));  // ends where it ends
    CHECK(example.Start({exact.data(), exact.size()}).code == MAMC_E_INVALID);
  }
}

}  // namespace mamc::plugin
