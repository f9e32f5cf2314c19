// A plugin directory of one test, filled with fixtures (tests/fixtures/plugins), and a host table that offers
// nothing.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "mamc/plugin.h"
#include "mamc/plugin/catalog.hpp"
#include "support/places.hpp"
#include "support/temp_dir.hpp"

namespace mamc::plugin {

inline std::filesystem::path FixtureFile(std::string_view name) {
  return test::FixtureDir() / (std::string(name) + ".so");
}

class FixtureTree {
 public:
  // Copies a fixture to <folder>/<as>.so, by default to the place where its manifest says that it belongs.
  std::filesystem::path Add(std::string_view name, std::string_view as = {},
                            std::string_view folder = "steps") const {
    std::filesystem::path directory = temp_ / folder;
    std::filesystem::create_directories(directory);
    std::filesystem::path file = directory / (std::string(as.empty() ? name : as) + ".so");
    std::filesystem::copy_file(FixtureFile(name), file);
    return file;
  }
  const std::filesystem::path& path() const { return temp_.path(); }
  const test::TempDir& temp() const { return temp_; }
  SearchDir dir() const { return {temp_.path(), "test"}; }

 private:
  test::TempDir temp_;
};

inline const void* NoService(void*, const char*) {
  return nullptr;
}

inline const mamc_host* EmptyHost() {
  static const mamc_host host = {sizeof(mamc_host), 0, nullptr, NoService};
  return &host;
}

}  // namespace mamc::plugin
