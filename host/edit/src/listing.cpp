#include "listing.hpp"

#include <algorithm>
#include <cctype>

#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

bool IsNumbered(std::string_view line) {
  line = Trim(line);
  const auto sign = static_cast<std::size_t>(
      std::find_if(line.begin(), line.end(), [](unsigned char c) { return std::isdigit(c) == 0; }) -
      line.begin());
  return sign > 0 && sign < line.size() && line[sign] == '|' &&
         (sign + 1 == line.size() || line[sign + 1] == ' ');
}

}  // namespace

std::string ListingRefusal(const std::vector<std::string_view>& there,
                           const std::vector<std::string_view>& come) {
  const auto is_text = [](std::string_view line) { return !Trim(line).empty() && !IsNumbered(line); };
  const auto first = std::find_if(come.begin(), come.end(), IsNumbered);
  if (first == come.end() || std::any_of(come.begin(), come.end(), is_text) ||
      std::any_of(there.begin(), there.end(), IsNumbered))
    return {};
  return QuotedLine(*first) +
         " begins with the number of a line, as all lines do: send them without the numbers";
}

}  // namespace mamc::edit
