// Server-sent events, by the rules of the HTML standard: lines end with CRLF, LF or CR; a blank line ends an
// event; several data lines are joined by LF; lines that begin with a colon are comments; a byte order mark
// at the start is skipped; an event without data, and one that is cut by the end of the stream, is none.
//
// Bytes may be split anywhere. Used by one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mamc::http {

struct SseEvent {
  std::string event;  // "message" unless the stream named it
  std::string data;
  std::string id;  // the last one the stream named so far
};

class SseParser {
 public:
  explicit SseParser(std::size_t max_event_bytes = std::size_t{16} << 20)
      : max_event_bytes_(max_event_bytes) {}

  // Hands each event that is complete to `sink`. False, and nothing more is taken, once an event is larger
  // than its limit.
  bool Feed(std::string_view bytes, const std::function<void(const SseEvent&)>& sink);
  // The reconnection time the stream named last.
  std::optional<std::int64_t> retry_ms() const { return retry_ms_; }

 private:
  std::string_view SkipByteOrderMark(std::string_view bytes);
  void TakeLine(const std::function<void(const SseEvent&)>& sink);
  void TakeField(std::string_view name, std::string_view value);
  void Dispatch(const std::function<void(const SseEvent&)>& sink);

  const std::size_t max_event_bytes_;
  std::size_t mark_bytes_ = 0;  // of the byte order mark, seen so far
  bool at_start_ = true;
  bool after_cr_ = false;
  bool too_large_ = false;
  std::string line_;
  std::string event_;
  std::string data_;
  bool has_data_ = false;
  std::string id_;
  std::optional<std::int64_t> retry_ms_;
};

}  // namespace mamc::http
