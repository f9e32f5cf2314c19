#include "wall_services.hpp"

#include <utility>

#include "abi_text.hpp"
#include "mamc/base/json.hpp"
#include "wall_plugin_side.hpp"

namespace mamc::plugin {
namespace {

using LiveTicket = WallServices::LiveTicket;

WallServices& Of(void* context) {
  return *static_cast<WallServices*>(context);
}

// What this side knows by itself: whether the ticket is live and its declared class may do this.
mamc_code FindFor(void* context, mamc_ticket ticket, LiveTicket& live) {
  auto found = Of(context).Find(ticket);
  if (!found || found->completed) return MAMC_E_STALE;
  live = std::move(*found);
  return live.declared == CallClass::kInline ? MAMC_E_CLASS : MAMC_OK;
}

mamc_code FindForChildren(void* context, mamc_ticket ticket, LiveTicket& live) {
  if (mamc_code code = FindFor(context, ticket, live); code != MAMC_OK) return code;
  const SideCall& current = ThisThreadsSideCall();
  bool on_its_thread =
      current.ticket == ticket && (live.declared != CallClass::kBlocking || current.in_start);
  return on_its_thread ? MAMC_OK : MAMC_E_CLASS;
}

mamc_code AskHost(WallVerb verb, void* context, mamc_ticket ticket, mamc_str text, mamc_sink sink,
                  void* sink_context) {
  LiveTicket live;
  if (mamc_code code = FindFor(context, ticket, live); code != MAMC_OK) return code;
  WallAnswer answer = live.side->Ask(verb, ticket, text);
  if (answer.code >= 0 && sink != nullptr) sink(sink_context, Str(answer.bytes));
  return answer.code;
}

mamc_code MAMC_CALL Complete(void* context, mamc_ticket ticket, mamc_code code, mamc_str json) {
  auto live = Of(context).TakeCompletion(ticket);
  if (!live) return MAMC_E_STALE;
  live->side->Tell(kComplete, ticket, code, json);
  if (code < 0 && json.size == 0) return MAMC_OK;
  return static_cast<mamc_code>(ParseJson(View(json)).status().code());
}

mamc_code MAMC_CALL Emit(void* context, mamc_ticket ticket, mamc_str kind, mamc_str json) {
  LiveTicket live;
  if (mamc_code code = FindFor(context, ticket, live); code != MAMC_OK) return code;
  return live.side->Ask(kEmit, ticket, kind, json).code;
}

void MAMC_CALL WriteLog(void* context, mamc_ticket ticket, int32_t level, mamc_str text) {
  if (ticket == 0) KeepLogLine(View(text));
  auto live = Of(context).Find(ticket);
  std::shared_ptr<WallPluginSide> side = live ? live->side : Of(context).AnySide();
  if (side) side->Tell(kLog, ticket, level, text);
}

mamc_code MAMC_CALL CallChild(void* context, mamc_ticket ticket, mamc_str key, mamc_str service,
                              mamc_str input) {
  LiveTicket live;
  if (mamc_code code = FindForChildren(context, ticket, live); code != MAMC_OK) return code;
  return live.side->Ask(kChild, ticket, key, service, input).code;
}

mamc_code MAMC_CALL CancelChild(void* context, mamc_ticket ticket, mamc_str key) {
  LiveTicket live;
  if (mamc_code code = FindForChildren(context, ticket, live); code != MAMC_OK) return code;
  return live.side->Ask(kCancelChild, ticket, key).code;
}

template <WallVerb verb>
mamc_code MAMC_CALL AskFor(void* context, mamc_ticket ticket, mamc_str text, mamc_sink sink,
                           void* sink_context) {
  return AskHost(verb, context, ticket, text, sink, sink_context);
}

const void* MAMC_CALL GetService(void* context, const char* id) {
  return Of(context).tables().Find(id);
}

}  // namespace

WallServices& WallServices::For(const std::filesystem::path& file) {
  static auto* all = new std::map<std::filesystem::path, std::unique_ptr<WallServices>>;
  std::error_code error;
  std::filesystem::path canonical = std::filesystem::weakly_canonical(file, error);
  auto& services = (*all)[error ? file : canonical];
  if (!services) services = std::make_unique<WallServices>();
  return *services;
}

WallServices::WallServices() {
  tables_.SetContext(this);
  tables_.complete.complete = Complete;
  tables_.complete.emit = Emit;
  tables_.log.write = WriteLog;
  tables_.children.call = CallChild;
  tables_.children.cancel_child = CancelChild;
  tables_.secret.get = AskFor<kSecret>;
  tables_.state.get = AskFor<kState>;
  tables_.artifact.put = AskFor<kPutArtifact>;
  tables_.artifact.get = AskFor<kGetArtifact>;
  host_.struct_size = sizeof host_;
  host_.context = this;
  host_.get_service = GetService;
}

void WallServices::Add(mamc_ticket ticket, LiveTicket live) {
  std::lock_guard lock(mutex_);
  live_[ticket] = std::move(live);
}

void WallServices::Remove(mamc_ticket ticket) {
  std::lock_guard lock(mutex_);
  live_.erase(ticket);
}

std::optional<LiveTicket> WallServices::Find(mamc_ticket ticket) {
  std::lock_guard lock(mutex_);
  auto found = live_.find(ticket);
  if (found == live_.end()) return std::nullopt;
  return found->second;
}

std::optional<LiveTicket> WallServices::TakeCompletion(mamc_ticket ticket) {
  std::lock_guard lock(mutex_);
  auto found = live_.find(ticket);
  if (found == live_.end() || std::exchange(found->second.completed, true)) return std::nullopt;
  return found->second;
}

void WallServices::Join(std::shared_ptr<WallPluginSide> side) {
  std::lock_guard lock(mutex_);
  sides_.push_back(std::move(side));
}

void WallServices::Leave(const WallPluginSide* side) {
  std::lock_guard lock(mutex_);
  std::erase_if(sides_, [&](const auto& known) { return known.get() == side; });
  std::erase_if(live_, [&](const auto& entry) { return entry.second.side.get() == side; });
}

std::shared_ptr<WallPluginSide> WallServices::AnySide() {
  std::lock_guard lock(mutex_);
  return sides_.empty() ? nullptr : sides_.back();
}

}  // namespace mamc::plugin
