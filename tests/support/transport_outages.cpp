#include "support/transport_outages.hpp"

#include <mamc/transport.h>

#include "support/cutting_proxy.hpp"
#include "support/transport_client.hpp"

namespace mamc::test::outages {

void AServerThatStandsStillIsWaitedFor(const OutageBench& bench) {
  const std::unique_ptr<RealServer> server = bench.make_server();
  TransportClient client(bench.id, Quick(*server));
  DrivenCall reader = client.Read(), consumer = client.Consume();
  client.Publish("before");
  CHECK(TextOf(reader.NextEmit()) == "before");
  client.Ack(consumer.NextEmit().json["id"]);

  server->Stop();
  DrivenCall late = client.StartPublish("late");
  client.Let(1'500);
  CHECK_FALSE(late.completed());
  CHECK_FALSE(reader.completed());
  CHECK_FALSE(consumer.completed());
  server->Continue();
  late.result();
  CHECK(TextOf(reader.NextEmit()) == "late");
  CHECK(TextOf(consumer.NextEmit()) == "late");
}

void AServerThatComesBackEmptyIsGoneOnWith(const OutageBench& bench) {
  const std::unique_ptr<RealServer> server = bench.make_server();
  TransportClient client(bench.id, Quick(*server));
  DrivenCall reader = client.Read("$"), consumer = client.Consume();
  client.Publish("before");
  const std::string held = consumer.NextEmit().json["id"];
  CHECK(TextOf(reader.NextEmit()) == "before");

  server->Kill();
  DrivenCall during = client.StartPublish("during");
  client.Let(300);
  CHECK_FALSE(during.completed());
  server->StartAgain();
  during.result();
  CHECK(TextOf(NextMessage(reader)) == "during");
  CHECK(TextOf(NextMessage(consumer)) == "during");
  // The server has forgotten it, so nobody else has it: the work goes on.
  const Json extend = {{"stream", "s"}, {"group", "g"}, {"id", held}, {"consumer", "anna"}};
  CHECK(client.Try(MAMC_TRANSPORT_EXTEND, extend).code == Code::kOk);
  client.Ack(held);
}

void AConnectionOpenedWhileTheServerIsAwayWaits(const OutageBench& bench) {
  const std::unique_ptr<RealServer> server = bench.make_server();
  TransportClient client(bench.id, Quick(*server));
  client.Publish("before");
  server->Kill();
  DrivenCall reader = client.Read();
  client.Let(300);
  CHECK_FALSE(reader.completed());
  server->StartAgain();
  client.StartPublish("after").result();
  CHECK(TextOf(NextMessage(reader)) == "after");
}

void ACallWaitsNoLongerThanTheLimit(const OutageBench& bench) {
  const std::unique_ptr<RealServer> server = bench.make_server();
  TransportClient client(bench.id, Quick(*server, {{"outage_limit_ms", 300}}));
  client.Publish("x");
  DrivenCall reader = client.Read("$");
  server->Kill();
  const auto outcome = client.StartPublish("y").Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("127.0.0.1:" + std::to_string(server->port())));
  CHECK(reader.Wait().code == Code::kUnavailable);
}

void NothingIsLostWhileConnectionsAreCut(const OutageBench& bench) {
  const std::unique_ptr<RealServer> server = bench.make_server();
  CuttingProxy proxy(server->port());
  TransportClient client(bench.id, Quick(*server, server->Settings(Json::object(), proxy.port())));
  DrivenCall reader = client.Read(), consumer = client.Consume(100, 100);
  std::set<std::string> read, consumed, sent;
  std::vector<DrivenCall> publishing;
  for (int i = 0; i < 60; ++i) {
    sent.insert(std::to_string(i));
    publishing.push_back(client.StartPublish(std::to_string(i)));
    if (i % 3 == 0) proxy.Cut();
    client.Let(5);
  }
  for (DrivenCall& call : publishing) call.result();
  CHECK(client.Until([&] {
    Collect(reader, read);
    Collect(consumer, consumed);
    return read == sent && consumed == sent;
  }));
}

void AFirstConnectionThatIsCutIsMadeAgain(const OutageBench& bench) {
  const std::unique_ptr<RealServer> server = bench.make_server();
  CuttingProxy proxy(server->port(), 3);
  TransportClient client(bench.id, Quick(*server, server->Settings(Json::object(), proxy.port())));
  client.Publish("x");
  CHECK(TextOf(client.Read().NextEmit()) == "x");
}

void WhoListensGoesOnListening(const OutageBench& bench) {
  const std::unique_ptr<RealServer> server = bench.make_server();
  CuttingProxy proxy(server->port());
  TransportClient client(bench.id, Quick(*server, server->Settings(Json::object(), proxy.port())));
  DrivenCall listener = client.Start(MAMC_TRANSPORT_LISTEN, {{"channel", "c"}});
  const auto notified = [&] {
    client.Start(MAMC_TRANSPORT_NOTIFY, {{"channel", "c"}, {"text", "x"}}).result();
    return client.Until([&] { return listener.HasEmit(); }, 20);
  };
  CHECK(client.Until(notified));
  proxy.Cut();
  client.Let(20);
  while (listener.HasEmit()) listener.NextEmit();
  CHECK(client.Until(notified));
}

void WhoReadsOrConsumesIsToldOfEmptiness(const OutageBench& bench) {
  const std::unique_ptr<RealServer> server = bench.make_server();
  TransportClient client(bench.id, Quick(*server));
  DrivenCall consumer = client.Consume();
  client.Publish("one");
  client.Ack(consumer.NextEmit().json["id"]);
  DrivenCall reader = client.Read("$");
  client.Publish("two");
  CHECK(TextOf(reader.NextEmit()) == "two");
  client.Ack(consumer.NextEmit().json["id"]);

  server->Kill();
  server->StartAgain();
  CHECK(reader.NextEmit().kind == "emptied");
  CHECK(consumer.NextEmit().kind == "emptied");
}

}  // namespace mamc::test::outages
