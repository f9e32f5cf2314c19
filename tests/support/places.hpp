// Where this tree and what was built of it are. Told by one source alone, so that all others compile to the
// same in every folder and a compiler cache knows them again.
#pragma once
#include <filesystem>

namespace mamc::test {

std::filesystem::path SourceDir();
std::filesystem::path ProgramDir();  // of mamc-host, with plugins/ and workflows/ in it
std::filesystem::path FixtureDir();  // of the plugins with one thing wrong each
std::filesystem::path EngineBenchPlugins();

}  // namespace mamc::test
