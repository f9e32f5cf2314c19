// What every transport with a server promises about outages, as sentences that its test program runs:
//
//   static std::unique_ptr<RealServer> Make();
//   MAMC_TRANSPORT_OUTAGES("redis", Make)
#pragma once
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "support/real_server.hpp"

namespace mamc::test {

struct OutageBench {
  std::string id;  // of the transport
  std::unique_ptr<RealServer> (*make_server)();
};

namespace outages {

void AServerThatStandsStillIsWaitedFor(const OutageBench& bench);
void AServerThatComesBackEmptyIsGoneOnWith(const OutageBench& bench);
void AConnectionOpenedWhileTheServerIsAwayWaits(const OutageBench& bench);
void ACallWaitsNoLongerThanTheLimit(const OutageBench& bench);
void NothingIsLostWhileConnectionsAreCut(const OutageBench& bench);
void AFirstConnectionThatIsCutIsMadeAgain(const OutageBench& bench);
void WhoListensGoesOnListening(const OutageBench& bench);
void WhoReadsOrConsumesIsToldOfEmptiness(const OutageBench& bench);

}  // namespace outages
}  // namespace mamc::test

#define MAMC_OUTAGE_SENTENCE(id, make, sentence, function)            \
  TEST_CASE(sentence, "[outage]") {                                   \
    mamc::test::outages::function(mamc::test::OutageBench{id, make}); \
  }

#define MAMC_TRANSPORT_OUTAGES(id, make)                                                              \
  MAMC_OUTAGE_SENTENCE(id, make, "a server that stands still is waited for",                          \
                       AServerThatStandsStillIsWaitedFor)                                             \
  MAMC_OUTAGE_SENTENCE(id, make, "a server that comes back empty is gone on with",                    \
                       AServerThatComesBackEmptyIsGoneOnWith)                                         \
  MAMC_OUTAGE_SENTENCE(id, make, "a connection that is opened while the server is away waits for it", \
                       AConnectionOpenedWhileTheServerIsAwayWaits)                                    \
  MAMC_OUTAGE_SENTENCE(id, make, "a call waits for a lost server no longer than the limit",           \
                       ACallWaitsNoLongerThanTheLimit)                                                \
  MAMC_OUTAGE_SENTENCE(id, make, "nothing is lost while all connections are cut again and again",     \
                       NothingIsLostWhileConnectionsAreCut)                                           \
  MAMC_OUTAGE_SENTENCE(id, make, "a first connection that is cut while it is made is made again",     \
                       AFirstConnectionThatIsCutIsMadeAgain)                                          \
  MAMC_OUTAGE_SENTENCE(id, make, "who listens goes on listening after its connection was cut",        \
                       WhoListensGoesOnListening)                                                     \
  MAMC_OUTAGE_SENTENCE(id, make, "who reads or consumes is told that the server was emptied",         \
                       WhoReadsOrConsumesIsToldOfEmptiness)
