// Small things that are kept by name: leases, values, and notes about messages that were delivered again. A
// bucket of JetStream's key-value store, whose entries carry their own time to live: until then they count,
// by the clock of the server alone.
//
// Pump thread only.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "shared.hpp"

namespace nats_transport {

class Store {
 public:
  explicit Store(Shared& shared);

  // What stands under a name and still counts; nothing when there is none. `sequence` 0: nothing was ever
  // there.
  struct Found {
    std::optional<std::string> value;
    std::uint64_t sequence = 0;
    std::int64_t left_ms = 0;  // of its time; 0: without end
  };
  using OnFound = std::function<void(const Answer&, const Found&)>;
  using OnAnswer = std::function<void(const Answer&)>;

  // "lease.x": a kind and a token.
  static std::string Key(const char* kind, const std::string& name);
  std::string Subject(const std::string& key) const;
  const std::string& stream() const { return stream_; }  // its name on the server

  void Get(const std::string& key, Resend resend, OnFound on_found);
  // The same without a look at its time; empty when there is nothing.
  void Last(const std::string& key, Resend resend,
            std::function<void(const Answer&, const std::string& value)> on_value);
  // ttl_ms 0: without end.
  void Put(const std::string& key, const std::string& value, std::int64_t ttl_ms, Resend resend,
           OnAnswer on_answer);
  // The same if nobody has written there since `sequence`; kWrongLastSequence otherwise. No value: it is
  // given up.
  void Swap(const std::string& key, const std::optional<std::string>& value, std::int64_t ttl_ms,
            std::uint64_t sequence, OnAnswer on_answer);
  // Removes some of what does not count any more, unless it is still at it.
  void Tidy();

 private:
  struct Record {
    Stored stored;
    std::int64_t ttl_ms = 0;
    bool given_up = false;
  };

  struct Walk {
    int left;  // how many entries are looked at yet
    std::int64_t now_ns;
  };

  static Record RecordFrom(const Stored& stored);
  // A question for a message that is kept.
  void AskFor(Question message, Resend resend, OnAnswer on_answer, int looks = 2);
  void Write(Question question, Resend resend, OnAnswer on_answer, int tries = 3);
  void Make(OnAnswer on_answer);
  // What time it is for the server.
  void AskNow(Resend resend, std::function<void(const Answer&, std::int64_t now_ns)> on_now);
  void TidyNext(const std::shared_ptr<Walk>& walk);
  void DeleteAndGoOn(std::uint64_t sequence, const std::shared_ptr<Walk>& walk);

  Shared& shared_;
  const std::string bucket_;
  const std::string stream_;
  std::uint64_t tidied_ = 0;  // up to this sequence in this round
  std::weak_ptr<Walk> walk_;  // held by the question that is open
};

}  // namespace nats_transport
