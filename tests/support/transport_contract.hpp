// What every transport promises, as sentences that any transport's test program runs against its own plugin:
//
//   static TransportUnderTest Make();
//   MAMC_TRANSPORT_CONTRACT(Make)
//
// Each sentence gets a transport of its own and works on names that no other sentence uses.
#pragma once
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>

#include "support/contract_sentence.hpp"
#include "support/plugin_driver.hpp"

namespace mamc::test {

struct TransportUnderTest {
  std::unique_ptr<PluginDriver> driver;
  std::shared_ptr<void> server;  // kept until the driver is gone
};
using TransportFactory = TransportUnderTest (*)();

namespace contract {

void EveryReaderSeesEveryMessageInOrder(TransportFactory make);
void AReaderBeginsAfterTheIdItNames(TransportFactory make);
void ADollarReaderSeesOnlyWhatComesLater(TransportFactory make);
void IdsGrowWithinAStream(TransportFactory make);
void EachMessageGoesToOneConsumerOfAGroup(TransportFactory make);
void EveryGroupGetsEveryMessage(TransportFactory make);
void AGroupMadeLaterGetsWhatIsKept(TransportFactory make);
void NoMoreThanTheCreditIsUnacknowledged(TransportFactory make);
void AnUnextendedMessageIsDeliveredAgain(TransportFactory make);
void AnExtendedMessageStaysWithItsConsumer(TransportFactory make);
void ExtendingALostMessageIsStale(TransportFactory make);
void AReleasedMessageComesAgainAfterItsDelay(TransportFactory make);
void AcknowledgingTwiceIsHarmless(TransportFactory make);
void WhatADeadConsumerHeldGoesToAnother(TransportFactory make);
void ADeadLetterIsListedWithItsReasonAndReplayed(TransportFactory make);
void ADroppedDeadLetterIsGone(TransportFactory make);
void ALeaseHasOneOwnerAtATime(TransportFactory make);
void ALeaseEndsWithItsTime(TransportFactory make);
void AValueIsKeptUntilItsTime(TransportFactory make);
void ANoticeReachesThoseWhoListen(TransportFactory make);
void FieldsOfAnyTextSurviveTheTrip(TransportFactory make);
void WrongInputIsRefusedWithASentence(TransportFactory make);
void AnOpenCallEndsByCancel(TransportFactory make);

}  // namespace contract
}  // namespace mamc::test

#define MAMC_TRANSPORT_CONTRACT(factory)                                                                   \
  MAMC_CONTRACT_SENTENCE(factory, "every reader sees every message in order",                              \
                         EveryReaderSeesEveryMessageInOrder)                                               \
  MAMC_CONTRACT_SENTENCE(factory, "a reader begins after the id it names", AReaderBeginsAfterTheIdItNames) \
  MAMC_CONTRACT_SENTENCE(factory, "a dollar reader sees only what comes later",                            \
                         ADollarReaderSeesOnlyWhatComesLater)                                              \
  MAMC_CONTRACT_SENTENCE(factory, "ids grow within a stream", IdsGrowWithinAStream)                        \
  MAMC_CONTRACT_SENTENCE(factory, "each message goes to one consumer of a group",                          \
                         EachMessageGoesToOneConsumerOfAGroup)                                             \
  MAMC_CONTRACT_SENTENCE(factory, "every group gets every message", EveryGroupGetsEveryMessage)            \
  MAMC_CONTRACT_SENTENCE(factory, "a group made later gets what is kept", AGroupMadeLaterGetsWhatIsKept)   \
  MAMC_CONTRACT_SENTENCE(factory, "no more than the credit is unacknowledged",                             \
                         NoMoreThanTheCreditIsUnacknowledged)                                              \
  MAMC_CONTRACT_SENTENCE(factory, "an unextended message is delivered again and not before its time",      \
                         AnUnextendedMessageIsDeliveredAgain)                                              \
  MAMC_CONTRACT_SENTENCE(factory, "an extended message stays with its consumer",                           \
                         AnExtendedMessageStaysWithItsConsumer)                                            \
  MAMC_CONTRACT_SENTENCE(factory, "extending a lost message is stale", ExtendingALostMessageIsStale)       \
  MAMC_CONTRACT_SENTENCE(factory, "a released message comes again after its delay",                        \
                         AReleasedMessageComesAgainAfterItsDelay)                                          \
  MAMC_CONTRACT_SENTENCE(factory, "acknowledging twice is harmless", AcknowledgingTwiceIsHarmless)         \
  MAMC_CONTRACT_SENTENCE(factory, "what a dead consumer held goes to another",                             \
                         WhatADeadConsumerHeldGoesToAnother)                                               \
  MAMC_CONTRACT_SENTENCE(factory, "a dead letter is listed with its reason and replayed",                  \
                         ADeadLetterIsListedWithItsReasonAndReplayed)                                      \
  MAMC_CONTRACT_SENTENCE(factory, "a dropped dead letter is gone", ADroppedDeadLetterIsGone)               \
  MAMC_CONTRACT_SENTENCE(factory, "a lease has one owner at a time", ALeaseHasOneOwnerAtATime)             \
  MAMC_CONTRACT_SENTENCE(factory, "a lease ends with its time", ALeaseEndsWithItsTime)                     \
  MAMC_CONTRACT_SENTENCE(factory, "a value is kept until its time", AValueIsKeptUntilItsTime)              \
  MAMC_CONTRACT_SENTENCE(factory, "a notice reaches those who listen", ANoticeReachesThoseWhoListen)       \
  MAMC_CONTRACT_SENTENCE(factory, "fields of any text survive the trip", FieldsOfAnyTextSurviveTheTrip)    \
  MAMC_CONTRACT_SENTENCE(factory, "wrong input is refused with a sentence",                                \
                         WrongInputIsRefusedWithASentence)                                                 \
  MAMC_CONTRACT_SENTENCE(factory, "an open call ends by cancel", AnOpenCallEndsByCancel)
