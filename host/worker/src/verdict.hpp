// Finds and checks the verdict in a model's answer. What is not clearly a verdict is none: unknown is never
// pass.
#pragma once
#include <string>
#include <string_view>

#include "mamc/base/json.hpp"
#include "mamc/base/status.hpp"
#include "mamc/schema/schema.hpp"

namespace mamc::worker {

// The JSON object of an answer that satisfies the schema: the last fenced block that is one, else the last
// balanced {…} of the text. An answer whose objects say "pass" and "fail" holds none, nor is one that passes
// what it blocks, with a finding of severity "blocking". The error says what the model has to do better.
Result<Json> FindVerdict(const std::string& answer, const schema::Schema& schema);

// Whether the findings of such verdicts have a place: a member `file`.
bool HasPlaces(const Json& verdict_schema);
// Whether a verdict on `change`, a diff, says of what it blocks where it is: one whose blocking findings are
// all in no file of the change does not. The error is for the model.
Status CheckFindings(const Json& verdict, std::string_view change);

// "pass" or "fail" as the verdict says; anything else is "unknown".
std::string VerdictStatus(const Json& verdict);

// The answer without <think>…</think>; an unclosed one swallows the rest.
std::string WithoutReasoning(const std::string& answer);

}  // namespace mamc::worker
