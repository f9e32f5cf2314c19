#include "mamc/base/duration.hpp"

#include <array>
#include <charconv>

#include "mamc/base/json.hpp"

namespace mamc {
namespace {

constexpr std::int64_t kSecondsBelow = 10'000;
constexpr std::int64_t kMillisecondsFrom = 60'000;
constexpr std::int64_t kLongestMs = 366LL * 24 * 3600 * 1000;

Status NotADuration(std::string_view text) {
  return Invalid("'" + std::string(text) + "' is no length of time; write 250ms, 90s, 5m or 1h");
}

Result<std::int64_t> Checked(double ms, std::string_view text) {
  if (ms < 0 || ms > static_cast<double>(kLongestMs)) {
    return Invalid("'" + std::string(text) + "' must be from 0 to one year");
  }
  return static_cast<std::int64_t>(ms + 0.5);
}

Result<std::int64_t> FromBareNumber(double number, std::string_view text, bool* guessed_ms) {
  if (number >= kMillisecondsFrom) {
    if (guessed_ms) *guessed_ms = true;
    return Checked(number, text);
  }
  if (number >= kSecondsBelow) {
    return Invalid("'" + std::string(text) + "' could be seconds or milliseconds; write a unit: " +
                   std::string(text) + "ms or " + std::string(text) + "s");
  }
  return Checked(number * 1000, text);
}

}  // namespace

Result<std::int64_t> ParseDuration(const Json& value, bool* guessed_ms) {
  if (guessed_ms) *guessed_ms = false;
  if (value.is_number()) return FromBareNumber(value.get<double>(), value.dump(), guessed_ms);
  if (!value.is_string()) return Invalid("a length of time such as 250ms, 90s, 5m or 1h is expected");

  const std::string& text = value.get_ref<const std::string&>();
  double number = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return NotADuration(text);
  std::string_view unit(end, text.data() + text.size() - end);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  if (unit.empty()) return FromBareNumber(number, text, guessed_ms);

  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits = {
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  for (const auto& [name, factor] : kUnits) {
    if (unit == name) return Checked(number * factor, text);
  }
  return NotADuration(text);
}

}  // namespace mamc
