#include "fingerprint.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace mamc::edit {
namespace {

// Equal lines with different numbers are meant for different places. 0: no number was said.
std::size_t PlaceOf(const Hunk& hunk) {
  return hunk.numbered ? hunk.old_start + 1 : 0;
}

}  // namespace

void Fingerprint::AddWord(std::uint64_t word) {
  value_ = (value_ ^ word) * 0x9E3779B97F4A7C15ull;
  value_ ^= value_ >> 32;
}

void Fingerprint::Add(std::string_view text) {
  AddWord(text.size());
  for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    AddWord(word);
  }
  for (char c : text) AddWord(static_cast<unsigned char>(c));
}

void Fingerprint::Add(const Edit& edit) {
  AddWord(static_cast<std::uint64_t>(edit.kind) * 64 + (edit.copies ? 32 : 0) + (edit.creates ? 16 : 0) +
          (edit.deletes ? 8 : 0) + (edit.executable ? 4 : 0) + (edit.executable.value_or(false) ? 2 : 0));
  for (const std::string* part : {&edit.path, &edit.other_path, &edit.from, &edit.search, &edit.content})
    Add(*part);
  for (const Hunk& hunk : edit.hunks) {
    AddWord(PlaceOf(hunk));
    for (const std::string& anchor : hunk.anchors) Add(anchor);
    for (const HunkLine& line : hunk.lines) {
      AddWord(static_cast<unsigned char>(line.sign) * 2u + (line.unended ? 1 : 0));
      Add(line.text);
    }
  }
}

bool SameRequest(const Edit& a, const Edit& b) {
  auto facts = [](const Edit& edit) {
    return std::tie(edit.kind, edit.path, edit.other_path, edit.from, edit.search, edit.content, edit.copies,
                    edit.creates, edit.deletes, edit.executable);
  };
  auto same_line = [](const HunkLine& left, const HunkLine& right) {
    return left.sign == right.sign && left.text == right.text && left.unended == right.unended;
  };
  auto same_hunk = [&](const Hunk& left, const Hunk& right) {
    return PlaceOf(left) == PlaceOf(right) && left.anchors == right.anchors &&
           std::equal(left.lines.begin(), left.lines.end(), right.lines.begin(), right.lines.end(),
                      same_line);
  };
  return facts(a) == facts(b) &&
         std::equal(a.hunks.begin(), a.hunks.end(), b.hunks.begin(), b.hunks.end(), same_hunk);
}

}  // namespace mamc::edit
