#include "mamc/http/sse.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mamc::http {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

bool SseParser::Feed(std::string_view bytes, const std::function<void(const SseEvent&)>& sink) {
  if (at_start_) bytes = SkipByteOrderMark(bytes);
  while (!bytes.empty() && !too_large_) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    too_large_ = line_.size() + data_.size() + end > max_event_bytes_;
    if (too_large_) break;
    line_.append(bytes.substr(0, end));
    if (end == bytes.size()) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    TakeLine(sink);
  }
  return !too_large_;
}

std::string_view SseParser::SkipByteOrderMark(std::string_view bytes) {
  while (!bytes.empty() && mark_bytes_ < kByteOrderMark.size() &&
         bytes.front() == kByteOrderMark[mark_bytes_]) {
    ++mark_bytes_;
    bytes.remove_prefix(1);
  }
  if (bytes.empty() && mark_bytes_ < kByteOrderMark.size()) return bytes;
  at_start_ = false;
  if (mark_bytes_ < kByteOrderMark.size()) line_ = kByteOrderMark.substr(0, mark_bytes_);  // it was none
  return bytes;
}

void SseParser::TakeLine(const std::function<void(const SseEvent&)>& sink) {
  const std::string line = std::exchange(line_, {});
  if (line.empty()) return Dispatch(sink);
  if (line.front() == ':') return;
  const std::string_view view = line;
  const std::size_t colon = view.find(':');
  if (colon == std::string_view::npos) return TakeField(view, "");
  std::string_view value = view.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  TakeField(view.substr(0, colon), value);
}

void SseParser::TakeField(std::string_view name, std::string_view value) {
  if (name == "data") {
    has_data_ = true;
    data_.append(value).push_back('\n');
  } else if (name == "event") {
    event_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry") {
    std::int64_t milliseconds = 0;
    const bool digits = !value.empty() &&
                        std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), milliseconds);
    if (digits && error == std::errc{}) retry_ms_ = milliseconds;
  }
}

void SseParser::Dispatch(const std::function<void(const SseEvent&)>& sink) {
  SseEvent event{std::exchange(event_, {}), std::exchange(data_, {}), id_};
  if (!std::exchange(has_data_, false)) return;
  event.data.pop_back();
  if (event.event.empty()) event.event = "message";
  sink(event);
}

}  // namespace mamc::http
