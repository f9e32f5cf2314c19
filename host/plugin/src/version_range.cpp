#include "version_range.hpp"

#include <algorithm>
#include <charconv>

namespace mamc::plugin {
namespace {

// A version of which the last numbers may be missing.
struct PartialVersion {
  Version version;
  std::size_t given = 0;  // how many numbers were written
};

bool IsDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsIdentifierList(std::string_view text) {
  bool empty_part = true;
  for (char c : text) {
    bool dot = c == '.';
    if (dot && empty_part) return false;
    if (!dot && c != '-' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
      return false;
    empty_part = dot;
  }
  return !empty_part;
}

// Takes everything up to `separator` (or all) off the front of `text`.
std::string_view Take(std::string_view& text, char separator) {
  std::size_t end = std::min(text.find(separator), text.size());
  std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::optional<PartialVersion> ParsePartial(std::string_view text) {
  PartialVersion parsed;
  if (std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    if (!IsIdentifierList(text.substr(plus + 1))) return std::nullopt;
    text = text.substr(0, plus);
  }
  if (std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    parsed.version.prerelease = text.substr(dash + 1);
    if (!IsIdentifierList(parsed.version.prerelease)) return std::nullopt;
    text = text.substr(0, dash);
  }
  if (text.empty() || text.back() == '.') return std::nullopt;
  while (!text.empty()) {
    std::string_view number = Take(text, '.');
    if (parsed.given == 3 || !IsDigits(number) || (number.size() > 1 && number.front() == '0'))
      return std::nullopt;
    auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), parsed.version.numbers[parsed.given]);
    // One less than the largest, so that the next version can always be named.
    if (error != std::errc() || parsed.version.numbers[parsed.given] == UINT64_MAX) return std::nullopt;
    ++parsed.given;
  }
  if (parsed.given < 3 && !parsed.version.prerelease.empty()) return std::nullopt;
  return parsed;
}

// The first version that differs from `version` in the number at `index`.
Version Next(const Version& version, std::size_t index) {
  Version next;
  std::copy_n(version.numbers.begin(), index + 1, next.numbers.begin());
  ++next.numbers[index];
  return next;
}

// "^" lets everything change that is right of the first number that is not zero.
std::size_t CaretIndex(const PartialVersion& partial) {
  for (std::size_t i = 0; i < partial.given; ++i)
    if (partial.version.numbers[i] != 0) return i;
  return partial.given - 1;
}

int ComparePart(std::string_view a, std::string_view b) {
  bool a_number = IsDigits(a), b_number = IsDigits(b);
  if (a_number != b_number) return a_number ? -1 : 1;
  if (a_number && a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

int ComparePrerelease(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return static_cast<int>(a.empty()) - static_cast<int>(b.empty());
  while (!a.empty() && !b.empty())
    if (int order = ComparePart(Take(a, '.'), Take(b, '.')); order != 0) return order;
  return static_cast<int>(!a.empty()) - static_cast<int>(!b.empty());
}

}  // namespace

std::optional<Version> ParseVersion(std::string_view text) {
  std::optional<PartialVersion> parsed = ParsePartial(text);
  if (!parsed || parsed->given != 3) return std::nullopt;
  return parsed->version;
}

int Compare(const Version& a, const Version& b) {
  if (a.numbers != b.numbers) return a.numbers < b.numbers ? -1 : 1;
  return ComparePrerelease(a.prerelease, b.prerelease);
}

// Turns one term into the bounds it stands for.
struct TermParser {
  std::vector<VersionRange::Bound>& bounds;

  void Between(const Version& first, const Version& end) {
    bounds.push_back({VersionRange::Bound::kAtLeast, first});
    bounds.push_back({VersionRange::Bound::kBelow, end});
  }

  bool Add(std::string_view op, const PartialVersion& partial) {
    const Version& version = partial.version;
    const bool whole = partial.given == 3;
    const Version after = Next(version, partial.given - 1);  // for "1.2": 1.3.0
    if (op == "^")
      Between(version, Next(version, CaretIndex(partial)));
    else if (op == "~")
      Between(version, Next(version, std::min<std::size_t>(partial.given - 1, 1)));
    else if (op == ">=")
      bounds.push_back({VersionRange::Bound::kAtLeast, version});
    else if (op == "<")
      bounds.push_back({VersionRange::Bound::kBelow, version});
    else if (op == ">" && whole)
      bounds.push_back({VersionRange::Bound::kAbove, version});
    else if (op == ">")
      bounds.push_back({VersionRange::Bound::kAtLeast, after});
    else if (op == "<=" && whole)
      bounds.push_back({VersionRange::Bound::kAtMost, version});
    else if (op == "<=")
      bounds.push_back({VersionRange::Bound::kBelow, after});
    else if ((op.empty() || op == "=") && !whole)
      Between(version, after);
    else if (op.empty() || op == "=")
      Exactly(version);
    else
      return false;
    return true;
  }

  void Exactly(const Version& version) {
    bounds.push_back({VersionRange::Bound::kAtLeast, version});
    bounds.push_back({VersionRange::Bound::kAtMost, version});
  }
};

Result<VersionRange> VersionRange::Parse(std::string_view text) {
  VersionRange range;
  TermParser parser{range.bounds_};
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view term = Take(rest, ' ');
    if (term.empty() || term == "*") continue;
    std::size_t number = std::min(term.find_first_not_of("^~<>="), term.size());
    std::optional<PartialVersion> partial = ParsePartial(term.substr(number));
    if (!partial || !parser.Add(term.substr(0, number), *partial))
      return Invalid("'" + std::string(term) + "' in the version range '" + std::string(text) +
                     "' is not a range; write for example ^1.2, ~1.2, >=1.0 <3 or 1.4.2");
  }
  return range;
}

bool VersionRange::Holds(const Bound& bound, const Version& version) {
  switch (bound.relation) {
    case Bound::kAtLeast:
      return Compare(version, bound.version) >= 0;
    case Bound::kAbove:
      return Compare(version, bound.version) > 0;
    case Bound::kAtMost:
      return Compare(version, bound.version) <= 0;
    case Bound::kBelow:
      break;
  }
  // 2.0.0-rc.1 comes before 2.0.0, yet nobody who writes "<2" wants it.
  if (bound.version.prerelease.empty()) return version.numbers < bound.version.numbers;
  return Compare(version, bound.version) < 0;
}

bool VersionRange::Contains(const Version& version) const {
  return std::all_of(bounds_.begin(), bounds_.end(),
                     [&](const Bound& bound) { return Holds(bound, version); });
}

}  // namespace mamc::plugin
