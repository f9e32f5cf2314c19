#include "support/git_fixture.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "support/real_process.hpp"

namespace mamc::test {

namespace fs = std::filesystem;

namespace {

std::string Trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

void WriteText(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string ReadText(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  REQUIRE(stream);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

GitFixture::GitFixture() {
  fs::create_directories(root());
  Git(root(), {"init", "-q", "--bare", "-b", "main", remote().string()});
  Git(root(), {"clone", "-q", remote().string(), others().string()});
  Git(others(), {"checkout", "-q", "-b", "main"});
  WriteText(others() / "README.md", "# Project\n");
  WriteText(others() / ".gitignore", "*.o\nbuild/\n");
  WriteText(others() / "src/main.c", "int main(void) { return 0; }\n");
  WriteText(others() / "dir with space/übung.txt", "eins\n");
  WriteText(others() / "run.sh", "#!/bin/sh\n");
  fs::permissions(others() / "run.sh", fs::perms::owner_exec, fs::perm_options::add);
  fs::create_symlink("README.md", others() / "link");
  Git(others(), {"add", "-A"});
  Git(others(), {"commit", "-q", "-m", "first"});
  Git(others(), {"push", "-q", "origin", "main"});
}

std::string GitFixture::Git(const fs::path& cwd, std::vector<std::string> arguments) const {
  std::vector<std::string> argv{
      "git", "-c", "user.name=Other", "-c", "user.email=other@example.com", "-c", "init.defaultBranch=main"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return Trimmed(RunProgram(argv, cwd));
}

std::string GitFixture::RemoteCommit(const std::string& branch) const {
  return Git(remote(), {"rev-parse", "refs/heads/" + branch});
}

std::string GitFixture::OthersPush(const std::string& branch, const std::string& path,
                                   const std::string& text) const {
  Git(others(), {"fetch", "-q", "origin"});
  Git(others(), {"checkout", "-q", "-B", branch, "origin/" + branch});
  WriteText(others() / path, text);
  Git(others(), {"add", "-A"});
  Git(others(), {"commit", "-q", "-m", "others change " + path});
  Git(others(), {"push", "-q", "origin", branch});
  return RemoteCommit(branch);
}

std::string GitFixture::OthersRewrite(const std::string& branch) const {
  Git(others(), {"fetch", "-q", "origin"});
  Git(others(), {"checkout", "-q", "-B", branch, "origin/main"});
  Git(others(), {"commit", "-q", "--allow-empty", "-m", "rewritten"});
  Git(others(), {"push", "-q", "--force", "origin", branch});
  return RemoteCommit(branch);
}

std::string GitFixture::RemoteFile(const std::string& commit, const std::string& path) const {
  return RunProgram({"git", "cat-file", "blob", commit + ":" + path}, remote());
}

}  // namespace mamc::test
