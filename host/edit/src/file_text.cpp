#include "file_text.hpp"

#include <algorithm>

#include "line_match.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

bool HasCr(std::string_view line) {
  return !line.empty() && line.back() == '\r';
}

}  // namespace

FileText::FileText(std::string_view bytes) {
  Split(bytes);
}

FileText::FileText(std::string&& bytes, bool mark_is_text)
    : own_(std::move(bytes)), mark_is_text_(mark_is_text) {
  Split(own_);
}

void FileText::Split(std::string_view text) {
  bytes_ = text;
  bom_ = !mark_is_text_ && StartsWith(text, kByteOrderMark);
  if (bom_) text.remove_prefix(kByteOrderMark.size());
  ended_ = text.empty() || text.back() == '\n';
  lines_ = ViewLines(text);
}

bool FileText::has_mark() const {
  return StartsWith(bytes_, kByteOrderMark);
}

// The last line may have no end at all; then the one before it tells.
std::string_view FileText::EndNear(std::size_t at) const {
  if (lines_.empty()) return {};
  const std::size_t last = lines_.size() - 1;
  std::size_t near = at > 0 ? at - 1 : 0;
  near = std::min(near, last);
  if (near == last && !ended_ && last > 0) near = last - 1;
  return HasCr(lines_[near]) ? "\r" : "";
}

std::size_t FileText::OffsetOf(std::size_t line) const {
  return line < lines_.size() ? static_cast<std::size_t>(lines_[line].data() - bytes_.data()) : bytes_.size();
}

Delta FileText::With(const Splices& splices, LastNewline last) const {
  Delta out;
  if (bom_) out.Keep(0, kByteOrderMark.size());
  std::size_t next = 0;
  bool last_is_new = false;  // at least its end
  bool cr_is_text = false;   // and no part of an end
  auto keep_to = [&](std::size_t end) {
    if (next >= end) return;
    out.Keep(OffsetOf(next), OffsetOf(end));
    next = end;
    if (end < lines_.size() || ended_) return;
    // A last line without an end gets one, which stays when others come behind it.
    if (!HasCr(lines_.back())) {
      out.Add(EndNear(end));
      last_is_new = true;
    }
    out.Add("\n");
  };
  for (const auto& [at, splice] : splices) {
    keep_to(splice.at);
    const std::string_view end = splice.remove > 0 ? EndNear(splice.at + 1) : EndNear(splice.at);
    for (const std::string& line : splice.insert) {
      out.Add(splice.as_is ? std::string_view(line) : WithoutCr(line));
      if (!splice.as_is) out.Add(end);
      out.Add("\n");
    }
    next = splice.at + splice.remove;
    last_is_new = next >= lines_.size();
    cr_is_text = splice.as_is && splice.unended;
  }
  keep_to(lines_.size());
  auto ends_with = [&](char byte) { return out.size() > 0 && out.LastByte(bytes_) == byte; };
  const bool missing = last == LastNewline::kMissing || (last == LastNewline::kAsBefore && !ended_);
  if (missing && ends_with('\n')) {
    out.DropLastByte();
    if (last_is_new && !cr_is_text && ends_with('\r')) out.DropLastByte();
  }
  return out;
}

std::string FileText::WithAll(std::string_view content) const {
  if (StartsWith(content, kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  const std::vector<std::string_view> wanted = ViewLines(content);
  const std::vector<std::ptrdiff_t> matches = MatchLines(lines_, wanted);
  Splices splices;
  Splice open;
  auto close_at = [&](std::size_t end) {
    open.remove = end - open.at;
    if (open.remove > 0 || !open.insert.empty()) splices.emplace(open.at, std::move(open));
    open = Splice{end + 1, 0, {}};
  };
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (matches[i] == kNoMatch)
      open.insert.emplace_back(wanted[i]);
    else
      close_at(static_cast<std::size_t>(matches[i]));
  close_at(lines_.size());
  if (splices.empty()) return std::string(bytes_);
  const bool unended = lines_.empty() && !EndsWith(content, "\n");
  return Joined(With(splices, unended ? LastNewline::kMissing : LastNewline::kAsBefore).On(bytes_));
}

const FileText::Index& FileText::index() const {
  if (index_) return *index_;
  index_.emplace();
  Index& index = *index_;
  index.ids.reserve(lines_.size());
  index.line_ids.reserve(lines_.size());
  for (std::string_view line : lines_)
    index.line_ids.push_back(
        index.ids.emplace(Trim(line), static_cast<std::uint32_t>(index.ids.size())).first->second);
  index.first.assign(index.ids.size() + 1, 0);
  for (std::uint32_t id : index.line_ids) ++index.first[id + 1];
  for (std::size_t i = 1; i < index.first.size(); ++i) index.first[i] += index.first[i - 1];
  index.places.resize(lines_.size());
  std::vector<std::uint32_t> next(index.first.begin(), index.first.end() - 1);
  for (std::uint32_t i = 0; i < index.line_ids.size(); ++i) index.places[next[index.line_ids[i]]++] = i;
  return index;
}

}  // namespace mamc::edit
