// One open READ: gets every message of its stream in order, from where it began.
//
// A reader that is level with the stream is given what the stream's watch brings; one that is behind reads
// for itself until it is level. Pump thread only.
#pragma once
#include <memory>
#include <optional>

#include "reply.hpp"
#include "shared.hpp"

namespace redis_transport {

class Stream;

class Reader : public std::enable_shared_from_this<Reader> {
 public:
  // No `from`: from the stream's end.
  Reader(Shared& shared, Stream& stream, mamc_ticket ticket, std::optional<StreamId> from,
         std::int64_t credit);
  ~Reader();

  mamc_ticket ticket() const { return ticket_; }
  // The stream ends at `end` now; what is behind it is not there (any more).
  void BeginAt(StreamId end);
  // The server lost the stream.
  void OnEmptied();
  void CatchUp();
  // What came behind `from`.
  void OnWatched(StreamId from, const std::vector<Entry>& entries);

  std::uint64_t first_look = 0;  // the stream's look that may say where it begins

 private:
  // What is there now is all new.
  void BeginAgain() { position_ = StreamId{}; }
  void Read();
  void OnRead(const Answer& answer, StreamId asked_at_end);
  void Deliver(const std::vector<Entry>& entries);
  void Pause();

  Shared& shared_;
  Stream& stream_;
  const mamc_ticket ticket_;
  const std::int64_t credit_;
  std::optional<StreamId> position_;
  bool begun_ = false;
  bool reading_ = false;
  Pump::TimerId pause_ = 0;
};

}  // namespace redis_transport
