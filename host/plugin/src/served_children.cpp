#include "served_children.hpp"

namespace mamc::plugin {

ServedChildren::~ServedChildren() {
  for (const auto& [name, child] : children_) loop_.Cancel(child.timer);
}

void ServedChildren::Serve(Ticket ticket, const std::string& key, const std::string& service,
                           const Json& input, const std::filesystem::path& cwd) {
  if (service == "timer") {
    children_[{ticket, key}].timer =
        loop_.After(Milliseconds(GetInt(input, "delay_ms")),
                    [this, ticket, key] { End(ticket, key, Code::kOk, Json::object()); });
    return;
  }
  if (service != "spawn")
    return End(ticket, key, Code::kUnsupported,
               {{"message", "there is no service '" + service + "' outside a run"}});
  if (!spawner_) spawner_ = std::make_unique<Spawner>(loop_);
  children_[{ticket, key}].spawn = spawner_->Start(input, cwd, [this, ticket, key](Result<Json> ended) {
    if (ended.ok()) return End(ticket, key, Code::kOk, *ended);
    End(ticket, key, ended.status().code(), {{"message", ended.status().message()}});
  });
}

void ServedChildren::Drop(Ticket ticket, const std::string& key) {
  auto child = children_.find({ticket, key});
  if (child == children_.end()) return;
  if (child->second.timer != 0) loop_.Cancel(child->second.timer);
  if (child->second.spawn != 0) spawner_->Cancel(child->second.spawn);
  children_.erase(child);
}

void ServedChildren::End(Ticket ticket, const std::string& key, Code code, const Json& result) {
  children_.erase({ticket, key});
  ended_(ticket, key, code, result);
}

}  // namespace mamc::plugin
