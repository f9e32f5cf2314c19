#include "support/transport_contract.hpp"

#include <mamc/transport.h>

#include <chrono>
#include <optional>
#include <set>
#include <thread>

namespace mamc::test::contract {
namespace {

constexpr std::int64_t kNoHurryMs = 60'000;
constexpr std::int64_t kShortMs = 40;  // the consumers of one group agree on their idle_ms

// A transport and the words the sentences are written in.
class Post {
 public:
  explicit Post(TransportFactory make) : under_test_(make()) {}

  Json Do(std::uint32_t verb, const Json& input) { return driver().Start(verb, input).result(); }
  plugin::Outcome Try(std::uint32_t verb, const Json& input) { return driver().Run(verb, input); }
  DrivenCall Open(std::uint32_t verb, const Json& input) {
    DrivenCall call = driver().Start(verb, input);
    Let(1);
    return call;
  }

  std::string Publish(const std::string& text, const std::string& stream = "letters") {
    return Do(MAMC_TRANSPORT_PUBLISH, {{"stream", stream}, {"fields", {{"text", text}}}})["id"];
  }
  DrivenCall Read(const std::string& from) {
    return Open(MAMC_TRANSPORT_READ, {{"stream", "letters"}, {"from", from}, {"credit", 10}});
  }
  DrivenCall Consume(const std::string& group, const std::string& consumer, int credit = 10,
                     std::int64_t idle_ms = kNoHurryMs) {
    return Open(MAMC_TRANSPORT_CONSUME, {{"stream", "letters"},
                                         {"group", group},
                                         {"consumer", consumer},
                                         {"credit", credit},
                                         {"idle_ms", idle_ms}});
  }
  Json About(const std::string& group, const std::string& id) const {
    return {{"stream", "letters"}, {"group", group}, {"id", id}};
  }
  void Ack(const std::string& group, const std::string& id) { Do(MAMC_TRANSPORT_ACK, About(group, id)); }

  // The next message of an open call, however long a transport needs for it.
  Json Next(DrivenCall& call) { return *NextWithin(call, 20'000); }
  // The next one if it comes within a time.
  std::optional<Json> NextWithin(DrivenCall& call, std::int64_t patience_ms) {
    std::optional<Json> message;
    const bool came = Until([&] { return call.HasEmit(); }, patience_ms);
    if (came) message = call.NextEmit().json;
    if (patience_ms >= 20'000) REQUIRE(came);
    return message;
  }
  // Lets time pass, for the plugin's timers and for everybody's clock.
  void Let(std::int64_t ms) {
    Until([] { return false; }, ms);
  }
  bool Until(const std::function<bool()>& done, std::int64_t patience_ms) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    while (!done()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      driver().loop().Advance(Milliseconds(5));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  PluginDriver& driver() { return *under_test_.driver; }

 private:
  TransportUnderTest under_test_;
};

std::string TextOf(const Json& message) {
  return message.at("fields").at("text");
}

}  // namespace

void EveryReaderSeesEveryMessageInOrder(TransportFactory make) {
  Post post(make);
  DrivenCall first = post.Read("0");
  for (int i = 0; i < 25; ++i) post.Publish(std::to_string(i));
  DrivenCall second = post.Read("0");
  for (DrivenCall* reader : {&first, &second}) {
    for (int i = 0; i < 25; ++i) REQUIRE(TextOf(post.Next(*reader)) == std::to_string(i));
  }
}

void AReaderBeginsAfterTheIdItNames(TransportFactory make) {
  Post post(make);
  post.Publish("one");
  const std::string two = post.Publish("two");
  post.Publish("three");
  DrivenCall reader = post.Read(two);
  CHECK(TextOf(post.Next(reader)) == "three");
}

void ADollarReaderSeesOnlyWhatComesLater(TransportFactory make) {
  Post post(make);
  post.Publish("before");
  DrivenCall reader = post.Read("$");
  post.Let(kShortMs);
  post.Publish("after");
  CHECK(TextOf(post.Next(reader)) == "after");
}

void IdsGrowWithinAStream(TransportFactory make) {
  Post post(make);
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(post.Publish("x"));
  DrivenCall reader = post.Read("0");
  for (const std::string& id : ids) CHECK(post.Next(reader)["id"] == id);
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
}

void EachMessageGoesToOneConsumerOfAGroup(TransportFactory make) {
  Post post(make);
  DrivenCall anna = post.Consume("qa", "anna");
  DrivenCall bert = post.Consume("qa", "bert");
  for (int i = 0; i < 6; ++i) post.Publish(std::to_string(i));
  std::multiset<std::string> seen;
  post.Until(
      [&] {
        for (DrivenCall* consumer : {&anna, &bert}) {
          if (consumer->HasEmit()) seen.insert(TextOf(consumer->NextEmit().json));
        }
        return seen.size() == 6;
      },
      20'000);
  post.Let(kShortMs);
  CHECK(seen == std::multiset<std::string>{"0", "1", "2", "3", "4", "5"});
  CHECK_FALSE(anna.HasEmit());
  CHECK_FALSE(bert.HasEmit());
}

void EveryGroupGetsEveryMessage(TransportFactory make) {
  Post post(make);
  DrivenCall qa = post.Consume("qa", "anna");
  DrivenCall lead = post.Consume("lead", "anna");
  post.Publish("hello");
  CHECK(TextOf(post.Next(qa)) == "hello");
  CHECK(TextOf(post.Next(lead)) == "hello");
}

void AGroupMadeLaterGetsWhatIsKept(TransportFactory make) {
  Post post(make);
  post.Publish("early");
  DrivenCall qa = post.Consume("qa", "anna");
  const Json message = post.Next(qa);
  CHECK(TextOf(message) == "early");
  CHECK(message["delivery"] == 1);
}

void NoMoreThanTheCreditIsUnacknowledged(TransportFactory make) {
  Post post(make);
  DrivenCall anna = post.Consume("qa", "anna", 2);
  for (int i = 0; i < 3; ++i) post.Publish(std::to_string(i));
  const Json first = post.Next(anna);
  post.Next(anna);
  CHECK_FALSE(post.NextWithin(anna, kShortMs));
  post.Ack("qa", first["id"]);
  CHECK(TextOf(post.Next(anna)) == "2");
}

void AnUnextendedMessageIsDeliveredAgain(TransportFactory make) {
  Post post(make);
  constexpr std::int64_t kIdleMs = 400;
  DrivenCall anna = post.Consume("qa", "anna", 1, kIdleMs);
  const std::string id = post.Publish("slow");
  CHECK(post.Next(anna)["delivery"] == 1);
  const auto delivered = std::chrono::steady_clock::now();
  const Json again = post.Next(anna);
  // Told a little later than it was delivered.
  CHECK(std::chrono::steady_clock::now() - delivered > std::chrono::milliseconds(kIdleMs / 2));
  CHECK(again["id"] == id);
  CHECK(again["delivery"] == 2);
}

void AnExtendedMessageStaysWithItsConsumer(TransportFactory make) {
  Post post(make);
  constexpr std::int64_t kIdleMs = 600;
  DrivenCall anna = post.Consume("qa", "anna", 1, kIdleMs);
  const std::string id = post.Publish("long work");
  post.Next(anna);
  Json extend = post.About("qa", id);
  extend["consumer"] = "anna";
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(post.NextWithin(anna, kIdleMs / 3));
    post.Do(MAMC_TRANSPORT_EXTEND, extend);
  }
}

void ExtendingALostMessageIsStale(TransportFactory make) {
  Post post(make);
  DrivenCall anna = post.Consume("qa", "anna", 1, kShortMs);
  const std::string id = post.Publish("x");
  post.Next(anna);
  anna.Cancel();
  anna.Wait();
  DrivenCall bert = post.Consume("qa", "bert", 1, kShortMs);
  CHECK(post.Next(bert)["id"] == id);
  Json extend = post.About("qa", id);
  extend["consumer"] = "anna";
  CHECK(post.Try(MAMC_TRANSPORT_EXTEND, extend).code == Code::kStale);
}

void AReleasedMessageComesAgainAfterItsDelay(TransportFactory make) {
  Post post(make);
  DrivenCall anna = post.Consume("qa", "anna");
  const std::string id = post.Publish("not now");
  post.Next(anna);
  Json release = post.About("qa", id);
  release["delay_ms"] = 150;
  post.Do(MAMC_TRANSPORT_RELEASE, release);
  CHECK_FALSE(post.NextWithin(anna, kShortMs));
  CHECK(post.Next(anna)["id"] == id);
  release["delay_ms"] = 0;
  post.Do(MAMC_TRANSPORT_RELEASE, release);
  CHECK(post.Next(anna)["id"] == id);
}

void AcknowledgingTwiceIsHarmless(TransportFactory make) {
  Post post(make);
  DrivenCall anna = post.Consume("qa", "anna", 1, kShortMs);
  const std::string id = post.Publish("once");
  post.Next(anna);
  post.Ack("qa", id);
  post.Ack("qa", id);
  CHECK_FALSE(post.NextWithin(anna, 3 * kShortMs));
}

void WhatADeadConsumerHeldGoesToAnother(TransportFactory make) {
  Post post(make);
  DrivenCall anna = post.Consume("qa", "anna", 1, kShortMs);
  const std::string id = post.Publish("orphan");
  post.Next(anna);
  anna.Cancel();
  anna.Wait();
  DrivenCall bert = post.Consume("qa", "bert", 1, kShortMs);
  const Json message = post.Next(bert);
  CHECK(message["id"] == id);
  CHECK(message["delivery"] == 2);
}

void ADeadLetterIsListedWithItsReasonAndReplayed(TransportFactory make) {
  Post post(make);
  DrivenCall anna = post.Consume("qa", "anna", 1, kShortMs);
  const std::string id = post.Publish("poison");
  post.Next(anna);
  Json dead = post.About("qa", id);
  dead["reason"] = "not JSON";
  post.Do(MAMC_TRANSPORT_DEAD, dead);
  CHECK_FALSE(post.NextWithin(anna, 3 * kShortMs));

  const Json letters = post.Do(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "letters"}})["messages"];
  REQUIRE(letters.size() == 1);
  CHECK(letters[0]["id"] == id);
  CHECK(letters[0]["reason"] == "not JSON");
  CHECK(letters[0]["group"] == "qa");
  CHECK(TextOf(letters[0]) == "poison");
  CHECK(letters[0]["at_ms"].get<std::int64_t>() > 1'600'000'000'000);

  const Json replayed = post.Do(MAMC_TRANSPORT_DEAD_REPLAY, {{"stream", "letters"}, {"id", id}});
  const Json message = post.Next(anna);
  CHECK(message["id"] == replayed["id"]);
  CHECK(TextOf(message) == "poison");
  CHECK(post.Do(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "letters"}})["messages"].empty());
}

void ADroppedDeadLetterIsGone(TransportFactory make) {
  Post post(make);
  DrivenCall anna = post.Consume("qa", "anna");
  const std::string id = post.Publish("poison");
  post.Next(anna);
  Json dead = post.About("qa", id);
  dead["reason"] = "too old";
  post.Do(MAMC_TRANSPORT_DEAD, dead);
  post.Do(MAMC_TRANSPORT_DEAD_DROP, {{"stream", "letters"}, {"id", id}});
  CHECK(post.Do(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "letters"}})["messages"].empty());
  CHECK(post.Try(MAMC_TRANSPORT_DEAD_DROP, {{"stream", "letters"}, {"id", id}}).code == Code::kNotFound);
}

void ALeaseHasOneOwnerAtATime(TransportFactory make) {
  Post post(make);
  const auto lease = [](const char* owner, std::int64_t ttl_ms) {
    return Json{{"name", "project/parser"}, {"owner", owner}, {"ttl_ms", ttl_ms}};
  };
  CHECK(post.Do(MAMC_TRANSPORT_LEASE, lease("anna", kNoHurryMs))["owner"] == "anna");
  CHECK(post.Do(MAMC_TRANSPORT_LEASE, lease("anna", kNoHurryMs))["owner"] == "anna");
  const auto refused = post.Try(MAMC_TRANSPORT_LEASE, lease("bert", kNoHurryMs));
  CHECK(refused.code == Code::kConflict);
  CHECK_THAT(refused.json, Catch::Contains("anna"));
  CHECK(post.Try(MAMC_TRANSPORT_LEASE, lease("bert", 0)).code == Code::kConflict);
  post.Do(MAMC_TRANSPORT_LEASE, lease("anna", 0));
  CHECK(post.Do(MAMC_TRANSPORT_LEASE, lease("bert", kNoHurryMs))["owner"] == "bert");
}

void ALeaseEndsWithItsTime(TransportFactory make) {
  Post post(make);
  post.Do(MAMC_TRANSPORT_LEASE, {{"name", "n"}, {"owner", "anna"}, {"ttl_ms", kShortMs}});
  const Json bert = {{"name", "n"}, {"owner", "bert"}, {"ttl_ms", kNoHurryMs}};
  CHECK(post.Until([&] { return post.Try(MAMC_TRANSPORT_LEASE, bert).code == Code::kOk; }, 20'000));
}

void AValueIsKeptUntilItsTime(TransportFactory make) {
  Post post(make);
  CHECK(post.Try(MAMC_TRANSPORT_GET, {{"key", "k"}}).code == Code::kNotFound);
  post.Do(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", "one"}});
  post.Do(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", "two"}});
  CHECK(post.Do(MAMC_TRANSPORT_GET, {{"key", "k"}})["value"] == "two");
  post.Do(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", "short"}, {"ttl_ms", kShortMs}});
  CHECK(post.Until(
      [&] {
        return post.Try(MAMC_TRANSPORT_GET, {{"key", "k"}}).code == Code::kNotFound;
      },
      20'000));
}

void ANoticeReachesThoseWhoListen(TransportFactory make) {
  Post post(make);
  DrivenCall anna = post.Open(MAMC_TRANSPORT_LISTEN, {{"channel", "cancel"}});
  DrivenCall bert = post.Open(MAMC_TRANSPORT_LISTEN, {{"channel", "elsewhere"}});
  post.Let(kShortMs);
  post.Do(MAMC_TRANSPORT_NOTIFY, {{"channel", "cancel"}, {"text", "run-7"}});
  post.Do(MAMC_TRANSPORT_NOTIFY, {{"channel", "nobody"}, {"text", "x"}});
  CHECK(post.Next(anna) == Json{{"text", "run-7"}});
  CHECK_FALSE(post.NextWithin(bert, kShortMs));
}

void FieldsOfAnyTextSurviveTheTrip(TransportFactory make) {
  Post post(make);
  const Json fields = {{"", ""},
                       {"ключ", "日本\n\t\"\\ \x01"},
                       {"payload", "{\"a\":[1,2]}"},
                       {"long", std::string(100'000, 'x')}};
  const std::string stream = "a stream: with *odd* [names]/日本";
  post.Do(MAMC_TRANSPORT_PUBLISH, {{"stream", stream}, {"fields", fields}});
  DrivenCall reader = post.Open(MAMC_TRANSPORT_READ, {{"stream", stream}, {"from", "0"}, {"credit", 1}});
  CHECK(post.Next(reader)["fields"] == fields);
}

void WrongInputIsRefusedWithASentence(TransportFactory make) {
  Post post(make);
  post.Publish("x");
  const std::vector<std::pair<std::uint32_t, Json>> wrong = {
      {MAMC_TRANSPORT_PUBLISH, {{"stream", "letters"}}},
      {MAMC_TRANSPORT_PUBLISH, {{"stream", "letters"}, {"fields", {{"n", 1}}}}},
      {MAMC_TRANSPORT_PUBLISH, {{"stream", std::string(257, 'x')}, {"fields", Json::object()}}},
      {MAMC_TRANSPORT_READ, {{"stream", "letters"}, {"from", "yesterday"}, {"credit", 1}}},
      {MAMC_TRANSPORT_READ, {{"stream", "letters"}, {"from", "0"}, {"credit", 0}}},
      {MAMC_TRANSPORT_CONSUME, {{"stream", "letters"}, {"group", "g"}, {"consumer", "c"}, {"credit", 1}}},
      {MAMC_TRANSPORT_LEASE, {{"name", ""}, {"owner", "o"}, {"ttl_ms", 1}}},
  };
  for (const auto& [verb, input] : wrong) {
    const auto outcome = post.Try(verb, input);
    INFO(verb << " " << input.dump().substr(0, 200));
    CHECK(outcome.code == Code::kInvalid);
    CHECK(outcome.Message().size() > 10);
  }
}

void AnOpenCallEndsByCancel(TransportFactory make) {
  Post post(make);
  DrivenCall reader = post.Read("0");
  DrivenCall consumer = post.Consume("qa", "anna");
  DrivenCall listener = post.Open(MAMC_TRANSPORT_LISTEN, {{"channel", "c"}});
  for (DrivenCall* call : {&reader, &consumer, &listener}) {
    CHECK_FALSE(call->completed());
    call->Cancel();
    CHECK(call->Wait().code == Code::kCancelled);
  }
  post.Publish("nobody is left");
}

}  // namespace mamc::test::contract
