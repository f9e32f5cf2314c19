// What an older text becomes: the parts of it that stay, in their order, and what comes between them. Where
// little of a long text changes, it is not copied.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mamc::edit {

using Pieces = std::vector<std::string_view>;  // of one text, in order
std::size_t SizeOf(const Pieces& pieces);
std::string Joined(const Pieces& pieces);

class Delta {
 public:
  // Bytes [begin, begin + size) of the older text or of what is added.
  struct Part {
    bool added = false;
    std::size_t begin = 0, size = 0;
  };

  Delta() = default;
  // Keeps nothing.
  explicit Delta(std::string text);
  // As they were recorded; see Fits.
  Delta(std::vector<Part> parts, std::string added) : parts_(std::move(parts)), added_(std::move(added)) {}

  void Keep(std::size_t begin, std::size_t end);
  void Add(std::string_view text);
  // REQUIRES, of both: it is not empty.
  char LastByte(std::string_view old_text) const;
  void DropLastByte();

  const std::vector<Part>& parts() const { return parts_; }
  const std::string& added() const { return added_; }
  std::size_t size() const;
  // Whether all parts are there, and in order, when the older text is so long.
  bool Fits(std::size_t old_size) const;
  // Whether what comes is the older text as it is.
  bool Leaves(std::string_view old_text) const;
  // REQUIRES: it fits. The views end with the older text and with this.
  Pieces On(std::string_view old_text) const;

 private:
  void Push(Part part);

  std::vector<Part> parts_;
  std::string added_;
};

}  // namespace mamc::edit
