#include "support/places.hpp"

namespace mamc::test {

std::filesystem::path SourceDir() {
  return MAMC_SOURCE_DIR;
}

std::filesystem::path ProgramDir() {
  return MAMC_OUTPUT_DIR;
}

std::filesystem::path FixtureDir() {
  return MAMC_TESTS_DIR "/fixtures/plugins";
}

std::filesystem::path EngineBenchPlugins() {
  return MAMC_TESTS_DIR "/engine-bench/plugins";
}

}  // namespace mamc::test
