// A folder of its own for one test, gone with it.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace mamc::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  // Writes a file below the folder, making the folders on its way; returns its path.
  std::filesystem::path Write(std::string_view name, std::string_view text) const;
  std::string Read(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

}  // namespace mamc::test
