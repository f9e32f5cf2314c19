// Whether the new text of a file begins or ends with a line that stood further in: what stood before it or
// behind it was not sent.
#pragma once
#include <span>
#include <string_view>

namespace mamc::edit {

// `lost` became `come` at the begin of the file, or at its end. `imports_may_go`: they are said to.
bool LosesBegin(std::span<const std::string_view> lost, std::span<const std::string_view> come,
                bool imports_may_go);
bool LosesEnd(std::span<const std::string_view> lost, std::span<const std::string_view> come,
              bool imports_may_go);

}  // namespace mamc::edit
