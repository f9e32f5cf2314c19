#include "mamc/patterns/pattern.hpp"

#include <re2/re2.h>

#include <cstdio>
#include <cstdlib>

namespace mamc::patterns {
namespace {

re2::StringPiece Piece(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Pattern::Pattern(const char* pattern) : compiled_(std::make_unique<re2::RE2>(pattern)) {
  if (compiled_->ok()) return;
  std::fprintf(stderr, "the pattern %s is none: %s\n", pattern, compiled_->error().c_str());
  std::abort();
}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;

bool Pattern::IsIn(std::string_view text) const {
  return re2::RE2::PartialMatch(Piece(text), *compiled_);
}

bool Pattern::IsAll(std::string_view text) const {
  return re2::RE2::FullMatch(Piece(text), *compiled_);
}

std::optional<std::string> Pattern::GroupIn(std::string_view text) const {
  std::string group;
  if (!re2::RE2::PartialMatch(Piece(text), *compiled_, &group)) return std::nullopt;
  return group;
}

std::vector<std::string> Pattern::GroupsIn(std::string_view text) const {
  std::vector<std::string> groups;
  re2::StringPiece rest = Piece(text);
  std::string group;
  while (re2::RE2::FindAndConsume(&rest, *compiled_, &group)) groups.push_back(group);
  return groups;
}

std::size_t Pattern::CountIn(std::string_view text) const {
  std::size_t count = 0;
  re2::StringPiece rest = Piece(text);
  while (re2::RE2::FindAndConsume(&rest, *compiled_)) ++count;
  return count;
}

}  // namespace mamc::patterns
