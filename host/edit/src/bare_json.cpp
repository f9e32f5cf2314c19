#include "bare_json.hpp"

#include "parse_json.hpp"
#include "words.hpp"

namespace mamc::edit {

bool MayBeginJson(const std::vector<std::string_view>& lines, std::size_t at) {
  const std::string_view text = Trim(lines[at]);
  if (!StartsWith(text, "[")) return StartsWith(text, "{");
  return StartsWith(Trim(text.substr(1)), "{") ||
         (text.size() == 1 && at + 1 < lines.size() && StartsWith(Trim(lines[at + 1]), "{"));
}

std::string_view BehindObject(std::string_view line, std::string_view object) {
  const char* end = object.data() + object.size();
  const std::string_view behind = Trim(line.substr(static_cast<std::size_t>(end - line.data())));
  return StartsWith(behind, ",") ? Trim(behind.substr(1)) : behind;
}

BareJson::Object BareJson::Read(std::string_view line, std::size_t at) {
  const std::size_t begin = static_cast<std::size_t>(line.data() - text_.data());
  if (unclosed_ || begin < passed_) return {};
  const std::string_view rest = text_.substr(begin);
  const std::size_t length = ObjectLength(rest);
  if (!MayRead(length == 0 ? rest.size() : length, at)) return {{}, true};
  if (length == 0) {
    unclosed_ = true;
    if (!IsCutEdit(rest)) return {};
    answer_.problems.push_back({at + 1, "the JSON that begins here is not closed: the answer was cut"});
    return {{}, true};
  }
  const std::string_view object = rest.substr(0, length);
  // What holds no edits is looked through once, not again for each object within.
  if (!MayHoldEdits(object)) passed_ = begin + length;
  return ParseJsonEdits(object, at + 1, answer_) ? Object{object} : Object{};
}

// Objects within objects that cannot be read would be looked through again and again.
bool BareJson::MayRead(std::size_t bytes, std::size_t at) {
  const bool enough = bytes <= left_;
  left_ -= enough ? bytes : 0;
  if (!enough)
    answer_.problems.push_back({at + 1, "the JSON from here on holds too many objects that cannot be read"});
  return enough;
}

}  // namespace mamc::edit
