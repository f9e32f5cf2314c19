// What starting any C++ program costs here, the C++ library and its streams included: the floor of the start
// of mamc-host.
#include <iostream>

int main() {
  return std::cout.good() ? 0 : 1;
}
