// The child calls that need nothing of a run, `timer` and `spawn`, answered for calls outside a run and for
// the engine.
//
// Thread rule: the loop's thread; `ended` is called from the loop, or from inside Serve for a service that
// there is not.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "mamc/base/json.hpp"
#include "mamc/plugin/calls.hpp"
#include "mamc/plugin/spawn.hpp"

namespace mamc::plugin {

class ServedChildren {
 public:
  using Ended = std::function<void(Ticket, const std::string& key, Code, const Json& result)>;

  ServedChildren(Loop& loop, Ended ended) : loop_(loop), ended_(std::move(ended)) {}
  // Nothing ends any more; processes are killed.
  ~ServedChildren();

  void Serve(Ticket ticket, const std::string& key, const std::string& service, const Json& input,
             const std::filesystem::path& cwd);
  // Stops a child; it does not end.
  void Drop(Ticket ticket, const std::string& key);

 private:
  struct Child {
    TimerId timer = 0;
    SpawnId spawn = 0;
  };
  void End(Ticket ticket, const std::string& key, Code code, const Json& result);

  Loop& loop_;
  const Ended ended_;
  std::map<std::pair<Ticket, std::string>, Child> children_;
  std::unique_ptr<Spawner> spawner_;  // made with the first process
};

}  // namespace mamc::plugin
