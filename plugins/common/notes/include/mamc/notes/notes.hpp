// A loop's way to the files below `.ma/`: what earlier runs of its task came to, and what this one adds. The
// step type `ma-files` does it, as child calls of the loop with keys `notes/0`, `notes/1`, ...
//
// Thread rule: belongs to one call of a composite type. Ownership: borrows its context.
#pragma once
#include <mamc/cpp/context.hpp>
#include <string>

namespace mamc::notes {

// Whether a step's input is that of a run with a repository.
bool HasRepository(const sdk::Json& input);

class Notes {
 public:
  // By the loop's input: a run without a repository or task has none, and a project with `ma: off`.
  Notes(sdk::Context& context, const sdk::Json& input);

  // {"earlier_plans"?: text, "earlier_tests"?: text} of the runs before this one, made to be told to
  // personas: nothing in it differs between equal runs.
  sdk::Task<sdk::Json> Earlier();
  // Adds what the iteration came to, as `ma-files` has it. A remote that is out of reach or refuses it costs
  // the entry and not the loop's work; throws Failure when it cannot be written for another reason.
  sdk::Task<void> Add(int iteration, sdk::Json entry);

 private:
  sdk::Task<sdk::Json> Ask(std::string key, sdk::Json params);

  sdk::Context& context_;
  bool kept_;
};

}  // namespace mamc::notes
