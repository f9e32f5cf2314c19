// What passes the glass wall: frames, each a length, a verb, then numbers and texts in an order that the verb
// fixes. A frame to the plugin's side starts with the number of its call; a service frame has the number of
// the call it comes from within (0: none), then a number of its own, which the answer repeats.
#pragma once
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "mamc/plugin.h"

namespace mamc::plugin {

enum WallVerb : std::uint8_t {
  // host → plugin, each ends with kReturned
  kCreate,
  kStart,
  kChildDone,
  kCancel,
  kRelease,
  kDestroy,
  // plugin → host
  kReturned,
  kComplete,
  kEmit,
  kLog,
  kChild,
  kCancelChild,
  kSecret,
  kState,
  kPutArtifact,
  kGetArtifact,
  // host → plugin, the answer to a service
  kAnswer,
};

// What a call or a service comes back with. Stale: the wall was closed before it did.
struct WallAnswer {
  mamc_code code = MAMC_E_STALE;
  std::string bytes;
};

class FrameWriter {
 public:
  explicit FrameWriter(WallVerb verb) : bytes_(sizeof(std::uint32_t), '\0') {
    bytes_.push_back(static_cast<char>(verb));
  }
  FrameWriter& Number(std::uint64_t number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
  FrameWriter& Code(mamc_code code) { return Number(static_cast<std::uint32_t>(code)); }
  FrameWriter& Text(std::string_view text) {
    Number(text.size());
    bytes_.append(text);
    return *this;
  }
  std::string Take() {
    auto size = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &size, sizeof size);
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

// Throws std::out_of_range on a frame that is shorter than what is read from it or than it says.
class FrameReader {
 public:
  explicit FrameReader(std::string frame) : frame_(std::move(frame)) {
    std::uint32_t size = 0;
    std::memcpy(&size, Bytes(sizeof size).data(), sizeof size);
    if (size != frame_.size()) throw std::out_of_range("frame length");
    verb_ = static_cast<WallVerb>(Bytes(1)[0]);
  }
  WallVerb verb() const { return verb_; }
  std::uint64_t Number() {
    std::uint64_t number = 0;
    std::memcpy(&number, Bytes(sizeof number).data(), sizeof number);
    return number;
  }
  mamc_code Code() { return static_cast<mamc_code>(Number()); }
  // Lives as long as the reader.
  std::string_view Text() { return Bytes(Number()); }

 private:
  std::string_view Bytes(std::uint64_t size) {
    if (size > frame_.size() - at_) throw std::out_of_range("frame end");
    std::string_view bytes(frame_.data() + at_, size);
    at_ += size;
    return bytes;
  }

  std::string frame_;
  std::size_t at_ = 0;
  WallVerb verb_ = kReturned;
};

}  // namespace mamc::plugin
