// The whole program: parses the command line, runs one command, returns the exit code.
#pragma once
#include <iosfwd>

namespace mamc::cli {

int Main(int argc, char** argv, std::ostream& out, std::ostream& err);

}  // namespace mamc::cli
