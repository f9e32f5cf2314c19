// Templates inside a shell text: each becomes an environment variable, so that no value is ever read as
// shell.
#pragma once
#include "template_node.hpp"

namespace mamc::workflow {

struct ShellVariable {
  std::string name;  // MAMC_ARG_1
  Expression value;
};

// A text that is one template alone is the command itself and stays as it is. In every other text each
// template becomes
// "$MAMC_ARG_n", quoted as the place demands so that the shell sees one word. Templates where a shell would
// read the value as a program or a number (backquotes, $((…)), here-documents) are problems.
TemplatePtr ShellTemplate(const std::string& text, const Place& at, std::vector<ShellVariable>& variables,
                          std::vector<SyntaxError>& errors);

}  // namespace mamc::workflow
