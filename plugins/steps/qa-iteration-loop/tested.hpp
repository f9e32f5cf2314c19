// What a tester's answer says of the code. Tests are judged by their exit code, and by nothing that anybody
// says.
#pragma once
#include <mamc/cpp/children.hpp>
#include <set>
#include <string>
#include <vector>

namespace qa {

using mamc::sdk::Json;

std::string Text(const Json& object, const char* member);

// The tests were stopped: something in them, or in what they test, does not end.
bool TimedOut(const Json& answer);
// Throws when there is no exit code: then no test was run.
bool Passed(const std::string& tester, const Json& answer);
// What the tests said, and before it what they could not say themselves.
std::string FailureOf(const Json& answer, const std::string& workspace_path);
// Of an output that may be megabytes: the whole is in the journal already, as the tester's answer.
std::string OutputForLog(const Json& answer);

// Whether the output names every test that failed, as it has to for a comparison.
bool NamesFailures(const Json& answer);
// The tests that fail here and failed before the change as well. Empty when there is another failure, or when
// one of the outputs does not name every test that failed, so that nobody can tell.
std::set<std::string> OnlyInherited(const Json& answer, const Json& at_base);

// Where new tests are to fail because what they test is not there yet: why these failures show nothing of it,
// as a sentence for who wrote them; empty: they do. `added` names the tests that the change brings; what
// failed `at_base` as well does not count.
std::string WrongReason(const Json& answer, const Json& at_base, const std::vector<std::string>& added);

}  // namespace qa
