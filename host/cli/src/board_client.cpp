#include "mamc/cli/board_client.hpp"

#include "mamc/base/text.hpp"

namespace mamc::cli {
namespace {

constexpr Milliseconds kPatience = std::chrono::seconds(60);

// What a board plugin may ask for while it works: its secrets.
class SecretsOnly final : public plugin::CallContext {
 public:
  explicit SecretsOnly(const config::Config& config) : config_(config) {}

  Result<std::string> Secret(std::string_view name) const override {
    std::optional<std::string> value = config_.Secret(name);
    if (value) return *value;
    return NotFound("the secret " + std::string(name) + " is not set: put it into the environment or .env");
  }
  Result<std::string> State(std::string_view) const override { return Refused(); }
  Result<std::string> PutArtifact(std::string_view) override { return Refused(); }
  Result<std::string> GetArtifact(std::string_view) const override { return Refused(); }

 private:
  static Status Refused() { return {Code::kUnsupported, "a board has no run"}; }
  const config::Config& config_;
};

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

BoardClient::BoardClient(Session& session)
    : session_(session),
      loop_(MakeLoop()),
      calls_(std::make_unique<plugin::Calls>(*loop_, session.catalog())) {}

Result<std::unique_ptr<BoardClient>> BoardClient::Open(Session& session) {
  const std::string& id = session.config().board;
  Result<plugin::Catalog::Type> type = session.catalog().Find(plugin::Kind::kBoard, id);
  if (!type.ok())
    return type.status().Within("board (" + session.config().OriginOf("board").ToString() + ")");

  std::unique_ptr<BoardClient> client(new BoardClient(session));
  Json settings = session.SettingsOf(config::Section::kBoards, *type->type);
  auto board = client->calls_->Open(plugin::Kind::kBoard, id, settings);
  if (!board.ok()) return board.status();
  client->board_ = *board;
  return client;
}

Result<Json> BoardClient::Ask(std::uint32_t verb, const Json& input) {
  auto end = std::make_shared<WaitForEnd>(*calls_, *loop_);
  plugin::CallInfo info;
  info.verb = verb;
  info.started_unix_ms = loop_->clock().UnixMs();
  info.deadline_unix_ms = info.started_unix_ms + kPatience.count();
  info.op_id = RandomHex(16);
  calls_->Start(board_, info, Dump(input), end, std::make_shared<SecretsOnly>(session_.config()));
  loop_->Run();
  if (!end->outcome()) return Internal("the board's call ended without an outcome");
  const plugin::Outcome& outcome = *end->outcome();
  if (outcome.code != Code::kOk) return Status(outcome.code, outcome.Message());
  return ParseJson(outcome.json);
}

}  // namespace mamc::cli
