// What every board promises (mamc/board.h), as sentences that any board's test program runs against its own
// plugin:
//
//   static BoardUnderTest Make();
//   MAMC_BOARD_CONTRACT(Make)
//
// Each sentence gets a board of its own with the projects `parser` and `lexer`, and `parser` has the
// milestone "1.0" with the branch "milestone/1.0".
#pragma once
#include <catch2/catch.hpp>
#include <memory>

#include "support/contract_sentence.hpp"
#include "support/plugin_driver.hpp"

namespace mamc::test {

struct BoardUnderTest {
  std::shared_ptr<void> server;  // kept until the driver is gone
  std::unique_ptr<PluginDriver> driver;
};
using BoardFactory = BoardUnderTest (*)();

namespace contract {

void ACreatedTaskHasEveryMemberAndAnIdOfItsOwn(BoardFactory make);
void WhatIsWrittenIsRead(BoardFactory make);
void TheSameExternalIdGivesTheTaskThatExists(BoardFactory make);
void EverythingWrongWithANewTaskIsSaidAtOnce(BoardFactory make);
void AnUnknownTaskIsNotFound(BoardFactory make);
void ATaskIsClaimedOnce(BoardFactory make);
void AMovedTaskIsNotClaimedForWhatItWas(BoardFactory make);
void AClaimThatIsOverMayBeTaken(BoardFactory make);
void TheClaimEndsWithTheWork(BoardFactory make);
void AnOldVersionChangesNothing(BoardFactory make);
void TheVersionGrowsWithEveryChange(BoardFactory make);
void ARepeatedOpIdChangesNothingMore(BoardFactory make);
void CommentsStandInTheirOrder(BoardFactory make);
void BlockedNeedsItsStatus(BoardFactory make);
void ATaskCreatedBlockedHasNoReasonOrItsOwn(BoardFactory make);
void DependenciesMakeNoCircle(BoardFactory make);
void ATaskFollowsOneOfItsProject(BoardFactory make);
void AMilestoneIsFoundByItsTitle(BoardFactory make);
void AListCanBeNarrowedByStatus(BoardFactory make);
void AWatchHearsOfChangesInItsProject(BoardFactory make);
void ProjectsAreNamed(BoardFactory make);
void AnUnknownVerbIsUnsupported(BoardFactory make);
void AWrongStatusIsNeverWritten(BoardFactory make);

}  // namespace contract
}  // namespace mamc::test

#define MAMC_BOARD_CONTRACT(factory)                                                                        \
  MAMC_CONTRACT_SENTENCE(factory, "a created task has every member and an id of its own",                   \
                         ACreatedTaskHasEveryMemberAndAnIdOfItsOwn)                                         \
  MAMC_CONTRACT_SENTENCE(factory, "what is written into a task is read again", WhatIsWrittenIsRead)         \
  MAMC_CONTRACT_SENTENCE(factory, "the same external id gives the task that exists",                        \
                         TheSameExternalIdGivesTheTaskThatExists)                                           \
  MAMC_CONTRACT_SENTENCE(factory, "everything wrong with a new task is said at once and nothing is made",   \
                         EverythingWrongWithANewTaskIsSaidAtOnce)                                           \
  MAMC_CONTRACT_SENTENCE(factory, "an unknown task is not found whatever its id looks like",                \
                         AnUnknownTaskIsNotFound)                                                           \
  MAMC_CONTRACT_SENTENCE(factory, "a task is claimed once and refused with its holder named",               \
                         ATaskIsClaimedOnce)                                                                \
  MAMC_CONTRACT_SENTENCE(factory, "a task that somebody has moved is not claimed for what it was",          \
                         AMovedTaskIsNotClaimedForWhatItWas)                                                \
  MAMC_CONTRACT_SENTENCE(factory, "a claim that is over may be taken by somebody else",                     \
                         AClaimThatIsOverMayBeTaken)                                                        \
  MAMC_CONTRACT_SENTENCE(factory, "the claim ends with the work or when it is given up",                    \
                         TheClaimEndsWithTheWork)                                                           \
  MAMC_CONTRACT_SENTENCE(factory, "an update with an old version changes nothing",                          \
                         AnOldVersionChangesNothing)                                                        \
  MAMC_CONTRACT_SENTENCE(factory, "the version grows with every change", TheVersionGrowsWithEveryChange)    \
  MAMC_CONTRACT_SENTENCE(factory, "a repeated op id changes nothing more", ARepeatedOpIdChangesNothingMore) \
  MAMC_CONTRACT_SENTENCE(factory, "comments stand in their order", CommentsStandInTheirOrder)               \
  MAMC_CONTRACT_SENTENCE(factory, "blocked needs its status and is cleared by any other",                   \
                         BlockedNeedsItsStatus)                                                             \
  MAMC_CONTRACT_SENTENCE(factory, "a task that is created blocked has no reason or its own",                \
                         ATaskCreatedBlockedHasNoReasonOrItsOwn)                                            \
  MAMC_CONTRACT_SENTENCE(factory, "a dependency must be a task of the project and must not close a circle", \
                         DependenciesMakeNoCircle)                                                          \
  MAMC_CONTRACT_SENTENCE(factory, "a task follows one of its project from its creation on",                 \
                         ATaskFollowsOneOfItsProject)                                                       \
  MAMC_CONTRACT_SENTENCE(factory, "a milestone is found by its title", AMilestoneIsFoundByItsTitle)         \
  MAMC_CONTRACT_SENTENCE(factory, "a list can be narrowed by status", AListCanBeNarrowedByStatus)           \
  MAMC_CONTRACT_SENTENCE(factory, "a watch hears of changes in its own project only",                       \
                         AWatchHearsOfChangesInItsProject)                                                  \
  MAMC_CONTRACT_SENTENCE(factory, "projects are named, those that are not there are not", ProjectsAreNamed) \
  MAMC_CONTRACT_SENTENCE(factory, "a verb that the board does not know is unsupported",                     \
                         AnUnknownVerbIsUnsupported)                                                        \
  MAMC_CONTRACT_SENTENCE(factory, "a status that does not exist is never written", AWrongStatusIsNeverWritten)
