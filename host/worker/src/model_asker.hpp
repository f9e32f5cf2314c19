// Asks a persona's backend and judges the answer: one turn, and one more to repair a verdict that does not
// satisfy its schema. A busy server that says when to ask again is asked again then. A prompt that is too
// long for the model's window is made to fit, as soon as the window is known.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "context_window.hpp"
#include "ledger.hpp"
#include "mamc/worker/worker.hpp"
#include "prompt.hpp"

namespace mamc::worker {

class ModelAsker {
 public:
  // kOk and {"text", "reasoning"?, "verdict"?, "status"?, "usage"?, "model", "finish", "left_out"? (of the
  // prompt), "prompt_cut"?}, or why there is no answer: {"message", "details"?}.
  using Done = std::function<void(Code, Json)>;
  // Stops a question; Done is not called afterwards.
  using Stop = std::function<void()>;

  // `ledger` may be null: nobody pays.
  ModelAsker(Loop& loop, plugin::Calls& calls, Ledger* ledger, const WorkerOptions& options);

  // The backend has to answer by `deadline_unix_ms`; 0: whenever.
  Stop Ask(std::shared_ptr<const workflow::Persona> persona, const Payer& payer, const Json& request,
           const Json& input, std::vector<PromptFile> files, std::int64_t deadline_unix_ms, Done done);

 private:
  class Question;

  Loop& loop_;
  plugin::Calls& calls_;
  Ledger* ledger_;
  const WorkerOptions& options_;
  std::map<std::string, std::shared_ptr<plugin::Instance>> backends_;     // by id
  std::map<std::pair<std::string, std::string>, ContextWindow> windows_;  // by backend id and model
};

}  // namespace mamc::worker
