// One open READ: gets every message of its stream in order, from where it began, by a consumer of its own
// that the server forgets with the connection.
//
// Pump thread only.
#pragma once
#include <memory>
#include <optional>

#include "puller.hpp"

namespace nats_transport {

class Stream;
struct Look;

class Reader : public std::enable_shared_from_this<Reader> {
 public:
  // No `from`: from the stream's end.
  Reader(Shared& shared, Stream& stream, mamc_ticket ticket, std::optional<MessageId> from,
         std::int64_t credit);
  ~Reader();

  mamc_ticket ticket() const { return ticket_; }
  // The stream is there, as it looks now.
  void OnLook(const Look& look);

  std::uint64_t first_look = 0;  // the stream's look that may say where it begins

 private:
  void Begin(const Look& look);
  void CheckStart();
  void BeginAt(std::uint64_t position);
  void Emptied(std::uint64_t position);
  void Open();
  void Close();
  void OnMessage(const Message& message, const Delivery& delivery);
  void Advance();
  void Pause();

  Shared& shared_;
  Stream& stream_;
  const mamc_ticket ticket_;
  const std::int64_t credit_;
  const std::optional<MessageId> from_;
  bool asked_start_ = false;
  bool begun_ = false;
  bool opening_ = false;
  std::uint64_t position_ = 0;  // the last one that was told
  std::uint64_t taken_ = 0;     // how many our consumer has given
  std::string consumer_;        // of the server, empty: none
  Pump::TimerId pause_ = 0;
  Puller puller_;
};

}  // namespace nats_transport
