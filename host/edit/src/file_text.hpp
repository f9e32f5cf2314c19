// The text of one file as lines that remember how they end, and the same text with some lines replaced.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "delta.hpp"

namespace mamc::edit {

// Replaces lines [at, at + remove).
struct Splice {
  std::size_t at = 0, remove = 0;
  std::vector<std::string> insert;
  bool as_is = false;    // the lines carry their \r; else they end as those around them
  bool unended = false;  // the last is said to be the file's last, without a newline
};

using Splices = std::map<std::size_t, Splice>;  // by `at`; they do not overlap

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What an edit says about the newline at the end of the file.

enum class LastNewline { kAsBefore, kPresent, kMissing };

class FileText {
 public:
  // `bytes` outlives it.
  explicit FileText(std::string_view bytes);
  // Keeps the text itself. `mark_is_text`: a byte order mark is the beginning of the first line.
  explicit FileText(std::string&& bytes, bool mark_is_text = false);
  FileText(const FileText&) = delete;
  FileText& operator=(const FileText&) = delete;

  std::string_view bytes() const { return bytes_; }
  // Without \n, but with \r.
  const std::vector<std::string_view>& lines() const { return lines_; }
  bool ended() const { return ended_; }
  // Whether this line shows how lines end: not the last one without an end, unless there is no other to go
  // by.
  bool ShowsEnd(std::size_t line) const { return ended_ || line + 1 < lines_.size() || lines_.size() == 1; }
  bool has_mark() const;
  bool mark_is_text() const { return mark_is_text_; }

  // What the text becomes.
  Delta With(const Splices& splices, LastNewline last) const;
  // The text with a whole new content that is written with \n: byte order mark, line ends and a missing last
  // newline stay as they are.
  std::string WithAll(std::string_view content) const;

  // The lines numbered by what they hold but for the space around it.
  struct Index {
    std::unordered_map<std::string_view, std::uint32_t> ids;
    std::vector<std::uint32_t> line_ids;
    std::vector<std::uint32_t> first, places;  // of id i: places[first[i]] up to places[first[i + 1]]
    std::size_t Count(std::uint32_t id) const { return first[id + 1] - first[id]; }
  };
  const Index& index() const;

 private:
  // "\r" when a line put before line `at` ends so.
  std::string_view EndNear(std::size_t at) const;
  // Where the line begins among the bytes; behind the last one: their end.
  std::size_t OffsetOf(std::size_t line) const;

  void Split(std::string_view text);

  std::string own_;
  std::string_view bytes_;
  bool bom_ = false;  // and it is not part of the first line
  bool mark_is_text_ = false;
  bool ended_ = true;
  std::vector<std::string_view> lines_;
  mutable std::optional<Index> index_;
};

}  // namespace mamc::edit
