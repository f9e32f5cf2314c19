// Reads an expression. Used by Expression::Parse and by everything that finds expressions in longer texts.
#pragma once
#include <string_view>
#include <variant>

#include "cursor.hpp"
#include "mamc/workflow/expression.hpp"

namespace mamc::workflow {

// Reads one expression from `text` at the cursor, which is afterwards behind it and behind white space.
// `closer` is what must follow ("}", "}}"), or empty when the expression reaches to the end. `at` is the
// place of text[0].
std::variant<Expression, SyntaxError> ParseExpression(std::string_view text, Cursor& cursor,
                                                      std::string_view closer, const Place& at);

}  // namespace mamc::workflow
