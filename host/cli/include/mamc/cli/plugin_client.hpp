// The configured board or transport, asked one question at a time: opens its plugin and runs a loop until the
// answer is there. Thread rule: the main thread; its loop runs only inside Ask.
#pragma once
#include <memory>

#include "mamc/cli/session.hpp"
#include "mamc/messaging/announcements.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::cli {

class PluginClient {
 public:
  // The session's config and catalog must have been made; the client lives at most as long as the session.
  static Result<std::unique_ptr<PluginClient>> OfBoard(Session& session);
  static Result<std::unique_ptr<PluginClient>> OfTransport(Session& session);

  // `verb` is one of mamc/board.h or mamc/transport.h that does not stay open.
  Result<Json> Ask(std::uint32_t verb, const Json& input);
  // The hosts that live, by name; of a transport. With `local` there are none: each host has its own.
  Result<std::vector<messaging::MachineAnnouncement>> Hosts();

  // For who talks with it otherwise. What is made of them goes before the client.
  Loop& loop() { return *loop_; }
  plugin::Calls& calls() { return *calls_; }
  const std::shared_ptr<plugin::Instance>& instance() const { return instance_; }

 private:
  PluginClient(Session& session);
  static Result<std::unique_ptr<PluginClient>> Open(Session& session, plugin::Kind kind,
                                                    config::Section section, const std::string& id,
                                                    const char* key);

  Session& session_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<plugin::Calls> calls_;
  std::shared_ptr<plugin::Instance> instance_;
};

}  // namespace mamc::cli
