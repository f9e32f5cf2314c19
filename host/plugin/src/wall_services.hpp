// The host as a plugin behind the glass wall sees it: the same services, each a frame to the host's side.
// Keeps the live tickets with their declared classes and answers MAMC_E_STALE and MAMC_E_CLASS by itself.
// There is one for each plugin file of the process and it never dies, as PluginHost.
//
// Thread rule: For on the loop's thread, the rest from any.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "mamc/plugin.h"
#include "mamc/plugin/manifest.hpp"
#include "services.hpp"

namespace mamc::plugin {

class WallPluginSide;

class WallServices {
 public:
  // A call that is open behind a wall.
  struct LiveTicket {
    std::shared_ptr<WallPluginSide> side;
    CallClass declared = CallClass::kDefault;
    bool completed = false;
  };

  // The one of this plugin file.
  static WallServices& For(const std::filesystem::path& file);
  WallServices();

  const mamc_host* table() const { return &host_; }
  const ServiceTables& tables() const { return tables_; }

  void Add(mamc_ticket ticket, LiveTicket live);
  void Remove(mamc_ticket ticket);
  std::optional<LiveTicket> Find(mamc_ticket ticket);
  // Marks it completed; nothing for a ticket that is not live or was completed before.
  std::optional<LiveTicket> TakeCompletion(mamc_ticket ticket);

  // The walls that stand before this plugin file.
  void Join(std::shared_ptr<WallPluginSide> side);
  void Leave(const WallPluginSide* side);
  std::shared_ptr<WallPluginSide> AnySide();

 private:
  ServiceTables tables_;
  mamc_host host_{};
  std::mutex mutex_;
  // Protected by mutex_:
  std::map<mamc_ticket, LiveTicket> live_;
  std::vector<std::shared_ptr<WallPluginSide>> sides_;
};

}  // namespace mamc::plugin
