#include "mamc/transport_calls.hpp"

#include <mamc/cpp/host.hpp>

namespace mamc::transport_common {

namespace host = mamc::sdk::detail;

void Log(int level, std::string_view text) {
  host::WriteLog(0, level, text);
}

void Calls::Begin(mamc_ticket ticket, std::function<void()> on_cancel) {
  calls_.insert_or_assign(ticket, std::move(on_cancel));
}

void Calls::Cancel(mamc_ticket ticket) {
  const auto found = calls_.find(ticket);
  if (found == calls_.end()) return;
  const std::function<void()> on_cancel = std::move(found->second);
  Fail(ticket, MAMC_E_CANCELLED, "The call was cancelled.");
  if (on_cancel) on_cancel();
}

Took Calls::Emit(mamc_ticket ticket, std::string_view kind, const Json& json) {
  const mamc_complete* service = host::TheServices().complete;
  if (!calls_.contains(ticket) || !MAMC_HAS(service, mamc_complete, emit)) return Took::kGone;
  const mamc_code code =
      service->emit(service->context, ticket, host::Str(kind), host::Str(host::Dump(json)));
  if (code == MAMC_AGAIN) return Took::kTakenSlowDown;
  if (code == MAMC_E_LIMIT || code == MAMC_E_INVALID) return Took::kTooLarge;
  return code >= 0 ? Took::kTaken : Took::kGone;
}

void Calls::Done(mamc_ticket ticket, const Json& result) {
  End(ticket, MAMC_OK, result);
}

void Calls::Fail(mamc_ticket ticket, mamc_code code, const std::string& message, const Json& details) {
  Json json = {{"message", message}};
  if (!details.is_null()) json["details"] = details;
  End(ticket, code, json);
}

void Calls::End(mamc_ticket ticket, mamc_code code, const Json& json) {
  const mamc_complete* service = host::TheServices().complete;
  if (calls_.erase(ticket) == 0 || !MAMC_HAS(service, mamc_complete, complete)) return;
  const mamc_code answer = service->complete(service->context, ticket, code, host::Str(host::Dump(json)));
  if (answer >= 0 || answer == MAMC_E_STALE) return;
  const std::string refused =
      host::Dump({{"message", "The host refused the result with code " + std::to_string(answer) + "."}});
  service->complete(service->context, ticket, answer, host::Str(refused));
}

}  // namespace mamc::transport_common
