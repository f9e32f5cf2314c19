// A wall of glass between Calls and one plugin: every call, service and ticket passes as bytes, as it would
// to a child process, so that what works behind it does not depend on shared memory. For tests
// (CallsOptions::glass_wall).
//
//   Calls --mamc_instance of the wall--> WallHostSide --frame--> WallPluginSide --its mamc_instance--> plugin
//   PluginHost <--services-- WallHostSide <--frame (FrameRouter)-- WallServices <--mamc_host of the wall--
//   plugin
//
// The plugin side does not know the schemas: a result that its schema does not allow is MAMC_OK to the
// plugin. "Returned" travels behind the services of its call, and the waiting host thread carries those out,
// so that they come from within the call on the right thread. Inline types run on the plugin side's thread
// and are default types to the host.
//
// Thread rule: HostFor, Create, GiveUp and Close on the loop's thread.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "mamc/plugin.h"
#include "mamc/plugin/manifest.hpp"

namespace mamc::plugin {

class PluginHost;
class WallHostSide;
class WallPluginSide;
class WallServices;

class GlassWall {
 public:
  // What the plugin in this file gets in init; never dies.
  static const mamc_host* HostFor(const std::filesystem::path& file);

  GlassWall(PluginHost& real_host, const std::filesystem::path& file, std::string name);
  ~GlassWall();

  // Has the plugin's factory make an instance on the plugin side; `*instance` is the wall's. Any thread.
  mamc_code Create(const mamc_factory* factory, CallClass declared, const std::string& type,
                   const std::string& settings, const mamc_instance** instance, std::string& last_log_line);
  // A call of this ticket does not come back: the plugin side's thread is written off when it is the one that
  // hangs.
  void GiveUp(mamc_ticket ticket);
  // Ends the threads. False when one hangs in the plugin; it is left to itself.
  bool Close();

 private:
  WallServices& services_;
  std::shared_ptr<WallPluginSide> plugin_side_;
  std::shared_ptr<WallHostSide> host_side_;
  bool closed_ = false;
};

}  // namespace mamc::plugin
