// The same in other languages: comments that say that code stays which is not shown.
#pragma once
#include <string_view>

#include "left_out_words.hpp"

namespace mamc::edit {

// `text`: what stands within the comment's signs.
LeftOut LeftOutAbroad(std::string_view text);

}  // namespace mamc::edit
