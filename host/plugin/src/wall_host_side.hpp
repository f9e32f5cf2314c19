// The host's side of the glass wall: instances whose every call goes over it as a frame, and the services
// that come back, carried out on the real PluginHost. A call's services are carried out by the thread that
// waits for the call, so that they come from within it; those of no call by a thread of this object.
//
// Thread rule: Close on the loop's thread, the rest from any.
// Ownership: kept alive by the instances it made.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "mamc/plugin.h"
#include "mamc/plugin/manifest.hpp"
#include "wall_frame.hpp"

namespace mamc::plugin {

class FrameRouter;
class PluginHost;
class WallPluginSide;

class WallHostSide : public std::enable_shared_from_this<WallHostSide> {
 public:
  WallHostSide(PluginHost& host, std::shared_ptr<WallPluginSide> plugin_side,
               std::shared_ptr<FrameRouter> from_plugin);

  // As GlassWall::Create.
  mamc_code Create(const mamc_factory* factory, CallClass declared, const std::string& type,
                   const std::string& settings, const mamc_instance** instance, std::string& last_log_line);
  // Sends a call, carries out the services that come back, and returns when it has.
  WallAnswer Call(WallVerb verb, const std::function<void(FrameWriter&)>& fill);
  // Nobody waits any longer; ends the thread.
  void Close();

 private:
  WallAnswer Call(std::uint64_t call, WallVerb verb, const std::function<void(FrameWriter&)>& fill);
  void ServeTheRest();
  void Serve(FrameReader& frame);
  WallAnswer Ask(FrameReader& frame, mamc_ticket ticket);

  PluginHost& host_;
  const std::shared_ptr<WallPluginSide> plugin_side_;
  const std::shared_ptr<FrameRouter> from_plugin_;
  std::atomic<std::uint64_t> last_call_{0};
  std::thread rest_thread_;
};

}  // namespace mamc::plugin
