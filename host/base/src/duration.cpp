#include "mamc/base/duration.hpp"

#include <charconv>
#include <cmath>

#include "mamc/base/json.hpp"

namespace mamc {
namespace {

constexpr double kSecondsBelow = 10'000;
constexpr double kMillisecondsFrom = 60'000;
constexpr double kLongestMs = 366.0 * 24 * 3600 * 1000;
constexpr std::string_view kHelp = R"(write "90s", "5m", "1h" or "250ms")";

struct Unit {
  std::string_view name;
  double ms;
};
constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};

Result<std::int64_t> Checked(double ms, const std::string& shown) {
  if (ms < 1) return Invalid("the duration " + shown + " must be at least 1ms");
  if (ms > kLongestMs) return Invalid("the duration " + shown + " is longer than a year");
  return static_cast<std::int64_t>(std::llround(ms));
}

Result<std::int64_t> FromNumber(double number, const std::string& shown, bool* guessed_ms) {
  if (number < kSecondsBelow) return Checked(number * 1000, shown);
  if (number < kMillisecondsFrom)
    return Invalid("the duration " + shown + " could mean seconds or milliseconds; " + std::string(kHelp));
  if (guessed_ms) *guessed_ms = true;
  return Checked(number, shown);
}

}  // namespace

Result<std::int64_t> ParseDuration(const Json& value, bool* guessed_ms) {
  if (guessed_ms) *guessed_ms = false;
  if (value.is_number()) return FromNumber(value.get<double>(), Dump(value), guessed_ms);
  if (!value.is_string()) return Invalid("not a duration; " + std::string(kHelp));
  const auto& text = value.get_ref<const std::string&>();
  std::string shown = "'" + text.substr(0, 40) + "'";
  double number = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number))
    return Invalid(shown + " is not a duration; " + std::string(kHelp));
  std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (rest.empty()) return FromNumber(number, shown, guessed_ms);
  for (const Unit& unit : kUnits)
    if (rest == unit.name) return Checked(number * unit.ms, shown);
  return Invalid(shown + " is not a duration; " + std::string(kHelp));
}

}  // namespace mamc
