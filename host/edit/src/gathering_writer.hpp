// Writes a file in a few large calls, whatever the sizes of what it is given.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "mamc/base/files.hpp"
#include "mamc/base/status.hpp"

namespace mamc::edit {

class GatheringWriter {
 public:
  // `what` names the file in the message of a failure, and outlives it.
  GatheringWriter(int fd, const std::string& what) : fd_(fd), what_(what) {}

  // Gathers what is small; what is large is not copied.
  void Add(std::string_view bytes) {
    constexpr std::size_t kLarge = 65536;
    if (gathered_.size() + bytes.size() >= kLarge) Flush();
    if (bytes.size() >= kLarge)
      Write(bytes);
    else
      gathered_ += bytes;
  }
  Status Finish() {
    Flush();
    return std::move(status_);
  }

 private:
  void Flush() {
    Write(gathered_);
    gathered_.clear();
  }
  void Write(std::string_view bytes) {
    if (status_.ok()) status_ = WriteAll(fd_, bytes, what_);
  }

  const int fd_;
  const std::string& what_;
  std::string gathered_;
  Status status_;
};

}  // namespace mamc::edit
