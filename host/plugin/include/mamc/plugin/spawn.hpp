// The child service `spawn` of docs/services.md: real processes, watched by the loop without a thread of
// their own.
//
// A process leads a session and group of its own: no terminal, descriptors 0 to 2 only, a clean environment.
// When it ends, and when the host does, every process that it has started is killed, also one in a session of
// its own; a pipe that one of them holds open is waited for only briefly.
//
// Thread rule: the loop's thread, which must be the same one for as long as a process runs (processes die
// with the thread that started them). `done` is called from the loop, never from inside a member.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "mamc/base/json_fwd.hpp"
#include "mamc/base/loop.hpp"
#include "mamc/base/status.hpp"

namespace mamc::plugin {

using SpawnId = std::uint64_t;

// Why a command that should have no network has one on this machine; empty when it has none.
std::string WhyNetworkStays();

class Spawner {
 public:
  explicit Spawner(Loop& loop);
  // Kills every process that is left, without a word to its `done`.
  ~Spawner();

  // `input` and the result are those of docs/services.md. A relative or absent `cwd` counts from
  // `default_cwd`.
  SpawnId Start(const Json& input, const std::filesystem::path& default_cwd,
                std::function<void(Result<Json>)> done);
  // The group gets TERM, two seconds later KILL; `done` is not called any more. Unknown ids are ignored.
  void Cancel(SpawnId id);
  // Processes that have not been reaped.
  std::size_t running() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mamc::plugin
