// One loaded plugin as Calls uses it: its services, its executor, the way to make instances, and its end.
// Thread rule: the loop's thread.
// Ownership: owned by Calls; the library belongs to the catalog.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "executor.hpp"
#include "glass_wall.hpp"
#include "library.hpp"
#include "services.hpp"
#include "tickets.hpp"

namespace mamc::plugin {

class PluginRuntime {
 public:
  // `wall` may be null: the plugin is then called directly.
  PluginRuntime(PluginHost& host, PluginLibrary& library, std::string plugin_id,
                std::unique_ptr<GlassWall> wall);

  PluginHost& host() { return host_; }
  // Has `instance` made by the plugin's factory: on the executor, for an inline type on this thread. Waits
  // for it, not forever.
  Status Create(Instance& instance);
  void Queue(std::shared_ptr<CallRecord> record);
  // A blocking call begins on a thread of its own.
  Status StartOwnThread(const std::shared_ptr<CallRecord>& record);
  // When the plugin is in the middle of a call of this record, the thread of that call is given up.
  bool WriteOff(const std::shared_ptr<CallRecord>& record);

  // The end, in this order: the plugin's tickets are cancelled, its own threads quiesced, every ticket
  // released, every instance destroyed, every thread joined, deinit. What is stuck is left as it is, and
  // deinit is then not called.
  void CancelAll(const std::vector<std::shared_ptr<CallRecord>>& open);
  void Quiesce();
  void End(const std::vector<std::shared_ptr<CallRecord>>& open,
           const std::vector<std::shared_ptr<Instance>>& instances);

 private:
  Executor& executor();

  PluginHost& host_;
  PluginLibrary& library_;
  const std::string plugin_id_;
  const std::unique_ptr<GlassWall> wall_;
  std::shared_ptr<Executor> executor_;
  std::vector<std::shared_ptr<Executor>> written_off_;
  std::vector<std::shared_ptr<CallRecord>> stuck_;  // own threads given up
  bool last_user_ = false;
};

}  // namespace mamc::plugin
