// Serves personas: takes their requests from the transport, does their work where it runs, and publishes what
// came of it. An answer is journalled before it is published: a request that comes again gets the stored one.
//
// Thread rule: the loop's thread.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mamc/engine/engine.hpp"
#include "mamc/messaging/channel.hpp"
#include "mamc/worker/budgets.hpp"

namespace mamc::worker {

struct WorkerOptions {
  std::vector<std::shared_ptr<const workflow::Persona>> personas;  // served here
  std::string default_backend = "lm-studio";
  std::map<std::string, Json> backend_settings;  // by backend id
  std::map<std::string, std::string> models;     // by persona id; over the persona file's own
  std::map<std::string, std::string> backends;   // by persona id; over the persona file's own
  Budgets budgets;                               // checked before each question
  std::filesystem::path record;                  // cassette to append to; empty: none
  std::shared_ptr<plugin::CallContext> context;  // what backends may ask for: their secrets; may be null
  // What this machine knows of a project, as expressions of a persona's work see it; null: only its id.
  std::function<Json(const std::string& project)> project;
  // A message may only name a repository that some project here has; true when it does.
  std::function<bool(const std::string& project, const std::string& repo)> knows_repo;
  // Runs the loop of a project, asked for by `corr_id`, and tells what it came to or why there is none; the
  // returned function says that nobody waits for that any more. Null: this machine does not coordinate.
  using Answered = std::function<void(Result<Json>)>;
  std::function<std::function<void()>(const std::string& project, const std::string& corr_id, Answered)>
      coordinate;
};

class Worker {
 public:
  Worker(Loop& loop, plugin::Calls& calls, journal::Journal& journal, engine::Engine& engine,
         messaging::Channel& channel, WorkerOptions options);
  ~Worker();

  // Begins to take requests. Logs which personas it serves.
  void Start();
  // The child service model.ask, to be added to the engine before the first run.
  std::shared_ptr<engine::Service> ask_service() const;
  // Requests under way.
  std::size_t busy() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// About as many tokens as the smallest question to a persona and its answer take: a model that is loaded with
// less cannot be asked.
std::int64_t SmallestWindow(const workflow::Persona& persona);

// Asks a persona's model one question outside of any request, without the persona's work. `done` gets kOk and
// the answer, or {"message", "details"?}. What is returned is kept until then.
std::shared_ptr<void> AskPersona(Loop& loop, plugin::Calls& calls, const WorkerOptions& options,
                                 std::shared_ptr<const workflow::Persona> persona, const Json& request,
                                 std::int64_t deadline_unix_ms, std::function<void(Code, Json)> done);

}  // namespace mamc::worker
