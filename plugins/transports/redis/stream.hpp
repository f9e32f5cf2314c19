// One stream of the server: watches its end with a connection of its own, whose blocked read wakes all
// readers and consumers of this process.
//
// Pump thread only.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "consumer.hpp"
#include "reader.hpp"
#include "reply.hpp"
#include "shared.hpp"

namespace redis_transport {

constexpr std::int64_t kCreditPauseMs = 20;  // when the host asks for one
constexpr std::int64_t kMostMessagesAtOnce = 1000;

class Stream {
 public:
  Stream(Shared& shared, std::string name);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const std::string& name() const { return name_; }
  const std::string& key() const { return key_; }
  StreamId end() const { return end_; }

  void Add(std::shared_ptr<Reader> reader);
  void Add(std::shared_ptr<Consumer> consumer);
  void RemoveReader(mamc_ticket ticket);
  void RemoveConsumer(mamc_ticket ticket);
  // The main connection is there again.
  void Restore();
  void FailAll(const Trouble& trouble);
  void Fail(Reader& reader, const Trouble& trouble);
  void Fail(Consumer& consumer, const Trouble& trouble);

  // Somebody's group was given messages up to here.
  void Seen(StreamId id);
  // The consumer here that holds a message of a group, or null.
  Consumer* Holder(const std::string& group, StreamId id) const;
  // Something of this group became due for a claim.
  void WakeGroup(const std::string& group);
  // Blocks for what comes, unless it does or nobody wants anything.
  void Watch();

 private:
  void Look();
  void OnLook(const Answer& answer, std::uint64_t look, StreamId end_before);
  void OnWatched(const Answer& answer, StreamId from);
  void Stumble(const Trouble& trouble);
  void WakeAll();
  bool Wanted() const;
  void Tidy();

  Shared& shared_;
  const std::string name_;
  const std::string key_;
  std::unique_ptr<Link> watch_;
  StreamId end_;  // everything up to here is known to be there
  bool known_ = false;
  bool watching_ = false;
  std::uint64_t looks_ = 0;
  std::vector<std::shared_ptr<Reader>> readers_;
  std::vector<std::shared_ptr<Consumer>> consumers_;
  Pump::TimerId pause_ = 0;
  Pump::TimerId tidy_ = 0;
  std::string tidy_error_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace redis_transport
