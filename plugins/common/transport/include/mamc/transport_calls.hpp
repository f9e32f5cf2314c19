// The calls that the host has open with the transport, and what they are told. A ticket that has ended is
// told nothing more.
//
// Pump thread only, except Log.
#pragma once
#include <functional>
#include <mamc/cpp/plugin.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mamc::transport_common {

using Json = mamc::sdk::Json;

// Why the server cannot be used, as a sentence.
struct Trouble {
  mamc_code code = MAMC_E_UNAVAILABLE;
  std::string text;
};

void Log(int level, std::string_view text);

enum class Took { kTaken, kTakenSlowDown, kTooLarge, kGone };

class Calls {
 public:
  // `on_cancel` runs when the host cancels it; the call ends with MAMC_E_CANCELLED then.
  void Begin(mamc_ticket ticket, std::function<void()> on_cancel = {});
  void Cancel(mamc_ticket ticket);
  bool open(mamc_ticket ticket) const { return calls_.contains(ticket); }

  Took Emit(mamc_ticket ticket, std::string_view kind, const Json& json);
  void Done(mamc_ticket ticket, const Json& result);
  void Fail(mamc_ticket ticket, mamc_code code, const std::string& message, const Json& details = nullptr);
  void Fail(mamc_ticket ticket, const Trouble& trouble) { Fail(ticket, trouble.code, trouble.text); }

 private:
  void End(mamc_ticket ticket, mamc_code code, const Json& json);

  std::unordered_map<mamc_ticket, std::function<void()>> calls_;  // what to do when it is cancelled
};

}  // namespace mamc::transport_common
