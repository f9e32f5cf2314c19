// Names with an end: leases that one owner holds at a time, and values kept under keys. Expired ones are
// forgotten as time passes, at the logarithm of their number each. Used on one thread at a time.
#pragma once
#include <limits>
#include <map>
#include <set>
#include <string>

#include "stream.hpp"

namespace local_transport {

// What is kept under names until its time.
template <class Value>
class Expiring {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  void Put(const std::string& name, Value value, std::int64_t until_ms) {
    Erase(name);
    entries_.emplace(name, Entry{std::move(value), until_ms});
    if (until_ms != kNever) ends_.insert({until_ms, name});
  }
  Value* Find(const std::string& name, std::int64_t now_ms) {
    Expire(now_ms);
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second.value;
  }
  void Erase(const std::string& name) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) return;
    ends_.erase({found->second.until_ms, name});
    entries_.erase(found);
  }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Value value;
    std::int64_t until_ms;
  };

  void Expire(std::int64_t now_ms) {
    while (!ends_.empty() && ends_.begin()->first <= now_ms) {
      entries_.erase(ends_.begin()->second);
      ends_.erase(ends_.begin());
    }
  }

  std::map<std::string, Entry> entries_;
  std::set<std::pair<std::int64_t, std::string>> ends_;
};

class Leases {
 public:
  // Takes, renews or (ttl 0) gives up. Throws MAMC_E_CONFLICT with the holder in its details.
  Json Lease(const std::string& name, const std::string& owner, std::int64_t ttl_ms, Now now);

 private:
  struct Holder {
    std::string owner;
    std::int64_t expires_unix_ms;
  };
  Expiring<Holder> leases_;
};

class Values {
 public:
  explicit Values(std::size_t most) : most_(most) {}
  // `ttl_ms` 0: kept without end. Throws MAMC_E_LIMIT.
  void Put(const std::string& key, Json value, std::int64_t ttl_ms, Now now);
  Json Get(const std::string& key, Now now);

 private:
  const std::size_t most_;
  Expiring<Json> values_;
};

}  // namespace local_transport
