// The host as one plugin sees it: the services of mamc/services.h over the ticket table. There is one
// PluginHost for each plugin file of the process and it never dies, so that a thread of a plugin that comes
// late meets a table and not freed memory. Thread rule: every service from any thread; For, Retain and Letgo
// on the loop's thread.
#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "mamc/base/status.hpp"
#include "mamc/plugin.h"
#include "mamc/services.h"

namespace mamc::plugin {

// The six service tables over one context; the glass wall fills a second set with its own functions.
struct ServiceTables {
  mamc_complete complete{};
  mamc_log log{};
  mamc_children children{};
  mamc_secret secret{};
  mamc_state state{};
  mamc_artifact artifact{};

  void SetContext(void* context);
  const void* Find(const char* id) const;
};

class PluginHost {
 public:
  // The one of this plugin file.
  static PluginHost& For(const std::filesystem::path& file, const std::string& plugin_id);

  const mamc_host* table() const { return &host_; }
  const std::string& plugin_id() const { return plugin_id_; }
  const ServiceTables& services() const { return services_; }

  // How many hosts of this process use the plugin; the last one that lets go ends it.
  void Retain() { ++users_; }
  bool LetGo() { return --users_ == 0; }

  // Registers a secret with the log's mask, once.
  void Mask(const std::string& secret);

 private:
  explicit PluginHost(std::string plugin_id);

  const std::string plugin_id_;
  ServiceTables services_;
  mamc_host host_{};
  int users_ = 0;
  std::mutex mutex_;
  std::set<std::string, std::less<>> masked_;  // protected by mutex_
};

// While it lives, lines that this thread's plugin code logs without a ticket are also kept: the reason why
// `create` failed.
class LogKeeper {
 public:
  LogKeeper();
  ~LogKeeper();
  LogKeeper(const LogKeeper&) = delete;
  LogKeeper& operator=(const LogKeeper&) = delete;
  // The last line, or `fallback`.
  std::string LastLine(std::string fallback) const;

 private:
  friend void KeepLogLine(std::string_view text);
  LogKeeper* outer_;
  std::string last_;
};
void KeepLogLine(std::string_view text);

// The text of {"message": ...} for an outcome that the host makes itself.
std::string MessageJson(std::string_view message);
// A code of the ABI as one of ours: unknown failures are kFailed, unknown successes kOk.
Code ToCode(mamc_code code);

}  // namespace mamc::plugin
