// The run's state: every key keeps its versions, so that a step reads the state as it was when the step
// started, whatever others write meanwhile. A version is the number of the journal's record that made it, so
// that it is the same after a crash, in whatever order receipts are taken up again. Thread-safe: the state
// service reads it from plugin threads.
#pragma once
#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "mamc/base/json.hpp"

namespace mamc::engine {

class StateStore {
 public:
  using Version = std::int64_t;

  Version version() const {
    std::lock_guard lock(mutex_);
    return version_;
  }

  // All keys of one receipt appear together, as the version `version`.
  void Write(const Json& values, const std::string& writer, Version version) {
    if (values.empty()) return;
    std::lock_guard lock(mutex_);
    version_ = std::max(version_, version);
    for (const auto& [key, value] : values.items()) {
      auto& entries = keys_[key];
      auto later = std::find_if(entries.rbegin(), entries.rend(),
                                [version](const Entry& entry) { return entry.version <= version; });
      entries.insert(later.base(), {version, value, writer});
    }
  }

  // The value as of `at`; null when there was none.
  Json Read(const std::string& key, Version at) const {
    std::lock_guard lock(mutex_);
    const Entry* entry = Find(key, at);
    return entry == nullptr ? Json() : entry->value;
  }

  // Who wrote the key after `since`; empty when nobody did.
  std::string WriterSince(const std::string& key, Version since) const {
    std::lock_guard lock(mutex_);
    auto it = keys_.find(key);
    if (it == keys_.end() || it->second.back().version <= since) return {};
    return it->second.back().writer;
  }

  Json Snapshot(Version at) const {
    std::lock_guard lock(mutex_);
    Json all = Json::object();
    for (const auto& [key, entries] : keys_)
      if (const Entry* entry = Find(key, at)) all[key] = entry->value;
    return all;
  }

 private:
  struct Entry {
    Version version;
    Json value;
    std::string writer;
  };

  const Entry* Find(const std::string& key, Version at) const {
    auto it = keys_.find(key);
    if (it == keys_.end()) return nullptr;
    for (auto entry = it->second.rbegin(); entry != it->second.rend(); ++entry)
      if (entry->version <= at) return &*entry;
    return nullptr;
  }

  mutable std::mutex mutex_;
  // Protected by mutex_:
  Version version_ = 0;
  std::unordered_map<std::string, std::vector<Entry>> keys_;
};

}  // namespace mamc::engine
