// libFuzzer: any bytes as a file and, behind kBetween, as the answer that changes it, in a folder in memory.
// scripts/fuzz-edit builds and runs it.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "mamc/edit/apply.hpp"

namespace {

namespace fs = std::filesystem;
constexpr std::string_view kBetween = "\n%%%%\n";

const fs::path& Root() {
  static const fs::path root = [] {
    std::string folder = "/dev/shm/edit-fuzz-XXXXXX";
    if (!::mkdtemp(folder.data())) std::abort();
    fs::create_directories(fs::path(folder) / "tree");
    return fs::path(folder) / "tree";
  }();
  return root;
}

// Nothing but the tree may stand in the folder around it.
void CheckNothingOutside() {
  std::size_t entries = 0;
  for (const auto& entry : fs::directory_iterator(Root().parent_path())) entries += !entry.path().empty();
  if (entries != 1) std::abort();
}

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t between = input.find(kBetween);
  if (between == std::string_view::npos) return 0;
  const std::string before(input.substr(0, between));
  for (const auto& entry : fs::directory_iterator(Root())) fs::remove_all(entry.path());
  std::ofstream(Root() / "f.txt", std::ios::binary) << before;
  const auto report =
      mamc::edit::Apply(mamc::edit::ParseAnswer(input.substr(between + kBetween.size())), Root(), {});
  if (report.ok() && !report->ok() && Read(Root() / "f.txt") != before) std::abort();
  CheckNothingOutside();
  return 0;
}
