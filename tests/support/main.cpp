// The program of every layer's and plugin's tests.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;  // as tests/CMakeLists.txt says to ctest
  if (std::getenv("MAMC_WITHOUT_WALL") != nullptr && std::getenv("MAMC_ONLY_BEHIND_WALL") != nullptr) {
    std::cout << "run behind the glass wall alone (MAMC_ONLY_BEHIND_WALL)\n";
    return kSkipped;
  }
  return Catch::Session().run(argc, argv);
}
