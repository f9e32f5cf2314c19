#include "support/git_servers.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/places.hpp"
#include "support/real_process.hpp"
#include "support/redis_server.hpp"

namespace mamc::test {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> HttpServerWords(const fs::path& root, int port, const fs::path& requests,
                                         const std::vector<std::string>& options) {
  std::vector<std::string> words = {"python3",    SourceDir() / "tests/support/git_http_server.py",
                                    "--root",     root.string(),
                                    "--port",     std::to_string(port),
                                    "--requests", requests.string()};
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

}  // namespace

fs::path SshServer::MakeKey(const fs::path& file, const std::string& passphrase) {
  RunProgram({"ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", file.string()}, "/");
  return file;
}

SshServer::SshServer() : port_(FreePort()) {
  MakeKey(file("host"));
  MakeKey(key());
  fs::copy_file(file("client.pub"), file("authorized"));
  folder_.Write("config", "Port " + std::to_string(port_) + "\nListenAddress 127.0.0.1\nHostKey " +
                              file("host").string() + "\nAuthorizedKeysFile " + file("authorized").string() +
                              "\nUsePAM no\nStrictModes no\nPidFile none\nPasswordAuthentication no\n"
                              "KbdInteractiveAuthentication no\n");
  // Where root's sshd shuts in what it does not trust; the package's service makes it, which does not run.
  if (::geteuid() == 0) ::mkdir("/run/sshd", 0755);
  process_ = std::make_unique<ServerProcess>(
      std::vector<std::string>{"/usr/sbin/sshd", "-D", "-e", "-f", file("config").string()}, file("log"),
      port_);
}

std::string SshServer::Url(const fs::path& repository) const {
  return std::string("ssh://") + ::getpwuid(::geteuid())->pw_name + "@127.0.0.1:" + std::to_string(port_) +
         repository.string();
}

std::string SshServer::KnownHostsLine() const {
  const std::string key = folder_.Read("host.pub");  // "ssh-ed25519 AAAA test"
  return "[127.0.0.1]:" + std::to_string(port_) + " " + key.substr(0, key.rfind(' '));
}

GitHttpServer::GitHttpServer(const fs::path& root, std::vector<std::string> options)
    : port_(FreePort()),
      process_(HttpServerWords(root, port_, folder_.Write("requests", ""), options), folder_ / "log", port_) {
}

std::string GitHttpServer::origin() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::string GitHttpServer::Url(const std::string& path) const {
  return origin() + "/" + path;
}

GitDaemon::GitDaemon(const fs::path& root)
    : port_(FreePort()),
      process_({"git", "daemon", "--listen=127.0.0.1", "--port=" + std::to_string(port_), "--export-all",
                "--enable=receive-pack", "--base-path=" + root.string()},
               folder_ / "log", port_) {}

std::string GitDaemon::Url(const std::string& path) const {
  return "git://127.0.0.1:" + std::to_string(port_) + "/" + path;
}

}  // namespace mamc::test
