#include "mamc/cli/main.hpp"

#include <iostream>

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  return mamc::cli::Main(argc, argv, std::cout, std::cerr);
}
