// Serves the child service `spawn` with real processes, for tests of plugins that cannot do without them; and
// runs programs for the tests themselves.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "support/plugin_driver.hpp"

namespace mamc::test {

// Runs a `spawn` input as docs/services.md describes and returns its result.
Json RunSpawn(const Json& input);
// Runs a program to its end and returns what it wrote to standard output; fails the test when its exit code
// is not 0.
std::string RunProgram(const std::vector<std::string>& argv, const std::filesystem::path& cwd);
// Waits for the end of a call whose `spawn` children are served here. `before` is called with each spawn's
// input first.
plugin::Outcome WaitServingSpawn(PluginDriver& driver, DrivenCall call,
                                 const std::function<void(const Json&)>& before = {});

// A key and a certificate for `name` ("DNS:localhost"), signed by itself: FILE.key and FILE.crt in the
// folder.
void MakeCertificate(const std::filesystem::path& folder, const std::string& file, const std::string& name);

}  // namespace mamc::test
