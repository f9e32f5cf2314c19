#include "mamc/cli/main.hpp"

#include <csignal>
#include <iostream>

namespace {

// Whoever reads our output or our log may go away (`| head -1`), and so may a server: the write fails then,
// here and in libraries, and ends nothing. A handler and not SIG_IGN, which programs that we start would
// inherit.
void TakeGoneReadersAsFailedWrites() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGPIPE, &action, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  TakeGoneReadersAsFailedWrites();
  std::ios::sync_with_stdio(false);
  return mamc::cli::Main(argc, argv, std::cout, std::cerr);
}
