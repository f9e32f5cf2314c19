// Frames of the glass wall: a length, then numbers and texts in a fixed order.
#pragma once
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mamc::plugin {

class FrameWriter {
 public:
  explicit FrameWriter(std::uint8_t verb) : bytes_(sizeof(std::uint32_t), '\0') {
    bytes_.push_back(static_cast<char>(verb));
  }
  FrameWriter& Number(std::uint64_t number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
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
    verb_ = static_cast<std::uint8_t>(Bytes(1)[0]);
  }
  std::uint8_t verb() const { return verb_; }
  std::uint64_t Number() {
    std::uint64_t number = 0;
    std::memcpy(&number, Bytes(sizeof number).data(), sizeof number);
    return number;
  }
  std::int32_t Code() { return static_cast<std::int32_t>(Number()); }
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
  std::uint8_t verb_ = 0;
};

}  // namespace mamc::plugin
