// What is a test in the languages that projects are written in, as far as a look at its lines can tell.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace change {

// By its name or its folder: "tests/a.c", "a_test.go", "a.spec.ts".
bool IsTestFile(std::string_view path);

struct TestCode {
  std::multiset<std::string> tests;  // by name
  std::size_t checks = 0;            // assertions and the like
  std::size_t skips = 0;             // marks that keep a test, or all others, from being run
};
// Without what stands in comments.
TestCode TestCodeOf(std::string_view path, const std::string& text);
// The mark on a line that keeps a test from being run; empty: none.
std::string SkipMarkIn(std::string_view line);

}  // namespace change
