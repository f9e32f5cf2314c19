// The redo record's bytes. Numbers and texts, each with its length before it; an end tells that it is whole.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "redo.hpp"

namespace mamc::edit {

// `what` names the file in the message of a failure.
Status WriteRedo(int fd, const Redo& redo, const std::string& what);
// Nothing when the record is not whole, or damaged.
std::optional<Redo> ReadRedo(std::string_view text);
// Whether its end was written. If not, its process had not begun to change the tree.
bool IsWhole(std::string_view text);
// A whole record of another version. The first did not say what was there before, the second held both
// texts.
bool IsOtherVersion(std::string_view text);

}  // namespace mamc::edit
