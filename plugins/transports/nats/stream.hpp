// One stream of the server, and who reads and consumes it here. Looks after it: makes it when it is missing,
// notices when it is another than before, trims it.
//
// Pump thread only.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "consumer.hpp"
#include "reader.hpp"
#include "shared.hpp"

namespace nats_transport {

// What the server says about the stream.
struct Look {
  std::uint64_t number = 0;
  bool again = false;    // after the connection was lost
  bool emptied = false;  // it is not the stream of the look before
  std::string created;   // tells one stream from another of the same name
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

class Stream {
 public:
  using OnAnswer = std::function<void(const Answer&)>;

  Stream(Shared& shared, std::string name);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const std::string& name() const { return name_; }
  const std::string& subject() const { return subject_; }
  const std::string& storage() const { return storage_; }  // the stream's name on the server
  // The name of a group's consumer there; another for each stream that the server ever had under this name,
  // so that nothing that is said about a message meets one of another stream. Empty before the first look.
  std::string ConsumerName(const std::string& group) const;

  void Add(std::shared_ptr<Reader> reader);
  void Add(std::shared_ptr<Consumer> consumer);
  void RemoveReader(mamc_ticket ticket);
  void RemoveConsumer(mamc_ticket ticket);
  void Fail(Reader& reader, const Trouble& trouble);
  void Fail(Consumer& consumer, const Trouble& trouble);
  void FailAll(const Trouble& trouble);
  // The connection is there again.
  void Restore();
  // Something that should be there is not. At once the first time; a server that keeps losing things is not
  // asked in a hot loop.
  void LookAgain();
  // A message came: things are as they should be.
  void Heard() { stumbles_ = 0; }
  // Tells when the stream is there, made if it has to be.
  void Ensure(OnAnswer on_answer);

  // The consumer here that holds a message of a group, or null.
  Consumer* Holder(const std::string& group, MessageId id) const;

 private:
  // A look at the stream that somebody waits for.
  struct Wish {
    std::uint64_t number;
    bool again;
    Resend resend;
    OnAnswer on_answer;
  };

  void Ask(bool again, Resend resend, OnAnswer on_answer);
  void MakeSoon(Wish wish);
  void Make();
  void OnMade(const Answer& answer);
  void OnInfo(const Answer& answer, std::uint64_t number, bool again, const OnAnswer& on_answer);
  void Stumble(const Trouble& trouble);
  void TellAll(const Look& look);
  void Tidy();
  void TrimBelow(std::uint64_t sequence, std::int64_t last_ns);
  void Purge(std::uint64_t below);
  void NotTidied(const Answer& answer);

  Shared& shared_;
  const std::string name_;
  const std::string subject_;
  const std::string storage_;
  Look look_;  // the last one
  std::uint64_t looks_ = 0;
  std::deque<Wish> wishes_;  // for the stream that is being made
  int stumbles_ = 0;
  std::vector<std::shared_ptr<Reader>> readers_;
  std::vector<std::shared_ptr<Consumer>> consumers_;
  Pump::TimerId pause_ = 0;
  Pump::TimerId tidy_ = 0;
  std::string tidy_error_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace nats_transport
