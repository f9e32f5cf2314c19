// Versions of plugins and the ranges that a workflow may ask for: "^1.2", "~1.2.3", ">=1.0 <3", "1.4.2".
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/status.hpp"

namespace mamc::plugin {

// MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD] of semver.org; the build part is not compared.
struct Version {
  std::array<std::uint64_t, 3> numbers{};
  std::string prerelease;
};

std::optional<Version> ParseVersion(std::string_view text);
// Negative, zero or positive, by the precedence of semver.org.
int Compare(const Version& a, const Version& b);

class VersionRange {
 public:
  // Terms separated by spaces, all of which must hold; "" and "*" hold for every version. A term is [^ ~ >= >
  // <= < =] and a version of one to three numbers; without an operator, the numbers that are given must be
  // equal.
  static Result<VersionRange> Parse(std::string_view text);
  bool Contains(const Version& version) const;

 private:
  struct Bound {
    enum { kAtLeast, kAbove, kAtMost, kBelow } relation;
    Version version;
  };
  static bool Holds(const Bound& bound, const Version& version);

  friend struct TermParser;
  std::vector<Bound> bounds_;
};

}  // namespace mamc::plugin
