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
  std::ofstream(remote() / "config", std::ios::app) << "[receive]\n\tautogc = false\n";
  Git(root(), {"clone", "-q", remote().string(), others().string()});
  fs::remove_all(others() / ".git/objects");
  fs::create_directory_symlink(remote() / "objects", others() / ".git/objects");
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
  OthersPublish("main");
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

void GitFixture::OthersCheckOut(const std::string& branch) const {
  Git(others(), {"checkout", "-q", "-f", "-B", branch, RemoteCommit(branch)});
}

std::string GitFixture::OthersPublish(const std::string& branch) const {
  const std::string commit = Git(others(), {"rev-parse", "HEAD"});
  Git(remote(), {"update-ref", "refs/heads/" + branch, commit});
  return commit;
}

std::string GitFixture::OthersPush(const std::string& branch, const std::string& path,
                                   const std::string& text) const {
  OthersCheckOut(branch);
  WriteText(others() / path, text);
  Git(others(), {"add", "-A"});
  Git(others(), {"commit", "-q", "-m", "others change " + path});
  return OthersPublish(branch);
}

std::string GitFixture::OthersRewrite(const std::string& branch) const {
  OthersCheckOut("main");
  Git(others(), {"checkout", "-q", "-B", branch});
  Git(others(), {"commit", "-q", "--allow-empty", "-m", "rewritten"});
  return OthersPublish(branch);
}

std::string GitFixture::RemoteFile(const std::string& commit, const std::string& path) const {
  return RunProgram({"git", "cat-file", "blob", commit + ":" + path}, remote());
}

}  // namespace mamc::test
