#include "mamc/cli/plugin_client.hpp"

#include "machine_options.hpp"
#include "mamc/base/text.hpp"

namespace mamc::cli {
namespace {

constexpr Milliseconds kPatience = std::chrono::seconds(60);

class WaitForEnd final : public plugin::ServedObserver {
 public:
  WaitForEnd(plugin::Calls& calls, Loop& loop) : ServedObserver(calls), loop_(loop) {}
  void OnComplete(plugin::Ticket, plugin::Outcome outcome, bool) override {
    outcome_ = std::move(outcome);
    loop_.Stop();
  }
  const std::optional<plugin::Outcome>& outcome() const { return outcome_; }

 private:
  Loop& loop_;
  std::optional<plugin::Outcome> outcome_;
};

}  // namespace

PluginClient::PluginClient(Session& session)
    : session_(session),
      loop_(MakeLoop()),
      calls_(std::make_unique<plugin::Calls>(*loop_, session.catalog())) {}

Result<std::unique_ptr<PluginClient>> PluginClient::OfBoard(Session& session) {
  return Open(session, plugin::Kind::kBoard, config::Section::kBoards, session.config().board, "board");
}

Result<std::unique_ptr<PluginClient>> PluginClient::OfTransport(Session& session) {
  return Open(session, plugin::Kind::kTransport, config::Section::kTransports, session.config().transport,
              "transport");
}

Result<std::unique_ptr<PluginClient>> PluginClient::Open(Session& session, plugin::Kind kind,
                                                         config::Section section, const std::string& id,
                                                         const char* key) {
  auto settings = SettingsFor(session, kind, section, id);
  if (!settings.ok())
    return settings.status().Within(std::string(key) + " (" + session.config().OriginOf(key).ToString() +
                                    ")");
  std::unique_ptr<PluginClient> client(new PluginClient(session));
  auto instance = client->calls_->Open(kind, id, *settings);
  if (!instance.ok()) return instance.status();
  client->instance_ = *instance;
  return client;
}

Result<Json> PluginClient::Ask(std::uint32_t verb, const Json& input) {
  auto end = std::make_shared<WaitForEnd>(*calls_, *loop_);
  plugin::CallInfo info;
  info.verb = verb;
  info.started_unix_ms = loop_->clock().UnixMs();
  info.deadline_unix_ms = info.started_unix_ms + kPatience.count();
  info.op_id = RandomHex(16);
  calls_->Start(instance_, info, Dump(input), end, SecretsFrom(session_.config()));
  loop_->Run();
  if (!end->outcome()) return Internal("the plugin's call ended without an outcome");
  const plugin::Outcome& outcome = *end->outcome();
  if (outcome.code != Code::kOk) return Status(outcome.code, outcome.Message());
  return ParseJson(outcome.json);
}

Result<std::vector<messaging::MachineAnnouncement>> PluginClient::Hosts() {
  messaging::Announcements announcements(*loop_, *calls_, instance_,
                                         {.context = SecretsFrom(session_.config())});
  std::optional<Result<std::vector<messaging::MachineAnnouncement>>> hosts;
  announcements.List([&](auto listed) {
    hosts = std::move(listed);
    loop_->Stop();
  });
  loop_->Run();
  return *hosts;
}

}  // namespace mamc::cli
