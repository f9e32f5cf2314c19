#pragma once
#include <string>

#include "mamc/edit/apply.hpp"

namespace mamc::edit {

// What the model is told about a refused answer.
std::string FeedbackFor(const Report& report);

}  // namespace mamc::edit
