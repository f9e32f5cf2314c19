// JSON of edits among the lines of an answer, outside of fences.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

bool MayBeginJson(const std::vector<std::string_view>& lines, std::size_t at);

// What stands behind the object, which ends in the line, without the comma between two.
std::string_view BehindObject(std::string_view line, std::string_view object);

class BareJson {
 public:
  // The text and the answer outlive it.
  BareJson(std::string_view text, Answer& answer)
      : text_(text), answer_(answer), left_(text.size() * 16 + 65536) {}

  struct Object {
    std::string_view text;  // empty: it is none of edits
    bool last = false;      // nothing behind its begin can be read
  };
  // Adds the edits of the object that `line` begins with, or what is wrong with them. The line is a part of
  // the text, and number `at` of its lines.
  Object Read(std::string_view line, std::size_t at);
  // An object that does not end has begun.
  bool unclosed() const { return unclosed_; }

 private:
  bool MayRead(std::size_t bytes, std::size_t at);

  std::string_view text_;
  Answer& answer_;
  bool unclosed_ = false;
  std::size_t passed_ = 0;  // no edit begins before this byte
  std::size_t left_;        // bytes that may be looked through
};

}  // namespace mamc::edit
