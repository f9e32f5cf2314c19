#include "delta.hpp"

namespace mamc::edit {

std::size_t SizeOf(const Pieces& pieces) {
  std::size_t size = 0;
  for (std::string_view piece : pieces) size += piece.size();
  return size;
}

std::string Joined(const Pieces& pieces) {
  std::string text;
  text.reserve(SizeOf(pieces));
  for (std::string_view piece : pieces) text += piece;
  return text;
}

Delta::Delta(std::string text) : added_(std::move(text)) {
  Push({true, 0, added_.size()});
}

void Delta::Push(Part part) {
  if (part.size == 0) return;
  const bool goes_on = !parts_.empty() && parts_.back().added == part.added &&
                       parts_.back().begin + parts_.back().size == part.begin;
  if (goes_on)
    parts_.back().size += part.size;
  else
    parts_.push_back(part);
}

void Delta::Keep(std::size_t begin, std::size_t end) {
  Push({false, begin, end - begin});
}

void Delta::Add(std::string_view text) {
  Push({true, added_.size(), text.size()});
  added_ += text;
}

char Delta::LastByte(std::string_view old_text) const {
  const Part& part = parts_.back();
  return (part.added ? std::string_view(added_) : old_text)[part.begin + part.size - 1];
}

void Delta::DropLastByte() {
  if (--parts_.back().size == 0) parts_.pop_back();
}

std::size_t Delta::size() const {
  std::size_t size = 0;
  for (const Part& part : parts_) size += part.size;
  return size;
}

bool Delta::Fits(std::size_t old_size) const {
  std::size_t old_end = 0, added_end = 0;  // of the part before
  for (const Part& part : parts_) {
    std::size_t& end = part.added ? added_end : old_end;
    const std::size_t there = part.added ? added_.size() : old_size;
    if (part.begin < end || part.begin > there || part.size > there - part.begin) return false;
    end = part.begin + part.size;
  }
  return true;
}

bool Delta::Leaves(std::string_view old_text) const {
  if (size() != old_text.size()) return false;
  std::size_t at = 0;
  for (std::string_view piece : On(old_text)) {
    if (old_text.substr(at, piece.size()) != piece) return false;
    at += piece.size();
  }
  return true;
}

Pieces Delta::On(std::string_view old_text) const {
  Pieces pieces;
  pieces.reserve(parts_.size());
  for (const Part& part : parts_)
    pieces.push_back((part.added ? std::string_view(added_) : old_text).substr(part.begin, part.size));
  return pieces;
}

}  // namespace mamc::edit
