// What is known of an expression's value before it is computed, and what that rules out.
#pragma once
#include <string>

#include "ast.hpp"

namespace mamc::workflow {

// What is wrong with a node whose kids are there: what can never have a meaning, whatever the values of the
// names turn out to be. Empty when nothing is.
std::string TypeProblem(const Ast& node);
// The type of a node without a problem.
Type TypeOf(const Ast& node);

}  // namespace mamc::workflow
