// Keeps the books of what models cost, and says when a budget is used up. The books are in the journal, so
// that they outlive the host.
//
// Thread rule: the loop's thread.
#pragma once
#include <string>

#include "mamc/base/clock.hpp"
#include "mamc/journal/journal.hpp"
#include "mamc/worker/budgets.hpp"

namespace mamc::worker {

// For whom a model is asked.
struct Payer {
  std::string project;
  std::string task;
};

class Ledger {
 public:
  Ledger(journal::Journal& journal, const Clock& clock, const Budgets& budgets)
      : journal_(journal), clock_(clock), budgets_(budgets) {}

  // kPermission: the task's budget is used up, a person has to look at it. kUnavailable: the project's or the
  // day's is, and no task is at fault.
  Status MayAsk(const Payer& payer) const;
  // For the persona, when less than a quarter of a budget is left: "12 calls and 40000 tokens of this task's
  // budget are left". Else empty.
  std::string Warning(const Payer& payer) const;
  void Add(const Payer& payer, const journal::Spending& spent);

 private:
  std::string Today() const;

  journal::Journal& journal_;
  const Clock& clock_;
  const Budgets& budgets_;
};

}  // namespace mamc::worker
