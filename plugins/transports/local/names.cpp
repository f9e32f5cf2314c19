#include "names.hpp"

namespace local_transport {

using mamc::sdk::Failure;

Json Leases::Lease(const std::string& name, const std::string& owner, std::int64_t ttl_ms, Now now) {
  const Holder* holder = leases_.Find(name, now.steady_ms);
  if (holder != nullptr && holder->owner != owner) {
    throw Failure(MAMC_E_CONFLICT, "The lease '" + name + "' is held by " + holder->owner + ".",
                  {{"owner", holder->owner}, {"expires_ms", holder->expires_unix_ms}});
  }
  const std::int64_t expires_ms = now.unix_ms + ttl_ms;
  if (ttl_ms == 0) {
    leases_.Erase(name);
  } else {
    leases_.Put(name, {owner, expires_ms}, now.steady_ms + ttl_ms);
  }
  return {{"owner", owner}, {"expires_ms", expires_ms}};
}

void Values::Put(const std::string& key, Json value, std::int64_t ttl_ms, Now now) {
  const bool known = values_.Find(key, now.steady_ms) != nullptr;
  if (!known && values_.size() >= most_) {
    throw Failure(MAMC_E_LIMIT, "The transport keeps " + std::to_string(most_) + " values, its limit; '" +
                                    key + "' is one too many.");
  }
  values_.Put(key, std::move(value), ttl_ms == 0 ? Expiring<Json>::kNever : now.steady_ms + ttl_ms);
}

Json Values::Get(const std::string& key, Now now) {
  const Json* value = values_.Find(key, now.steady_ms);
  if (value == nullptr) throw Failure(MAMC_E_NOT_FOUND, "The transport keeps no value under '" + key + "'.");
  return {{"value", *value}};
}

}  // namespace local_transport
