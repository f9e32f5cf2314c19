// Signs of a model's server for the end of what it says, `<|im_end|>`, which are no part of the answer.
#pragma once
#include <string>
#include <string_view>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// The answer without those that end it.
std::string_view WithoutServerTokens(std::string_view answer);

// The refusal of an edit that would write one into a file which has none; empty: there is none.
std::string ServerTokenRefusal(const Edit& edit, std::string_view before);

}  // namespace mamc::edit
