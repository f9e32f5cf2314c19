// Real servers in front of a test's repositories: sshd, git's http-backend behind a small web server, and
// git's own daemon, each on a free loopback port.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/server_process.hpp"
#include "support/temp_dir.hpp"

namespace mamc::test {

// Takes whoever has its key `client`, as the user who runs the test.
class SshServer {
 public:
  SshServer();

  std::string Url(const std::filesystem::path& repository) const;
  std::filesystem::path file(const std::string& name) const { return folder_ / name; }
  std::filesystem::path key() const { return file("client"); }
  // The line of a known_hosts file that makes it known.
  std::string KnownHostsLine() const;
  int port() const { return port_; }
  void Stop() { process_->Stop(); }  // it accepts no more, but the system still does

  // A new key; an empty passphrase: none.
  static std::filesystem::path MakeKey(const std::filesystem::path& file, const std::string& passphrase = "");

 private:
  TempDir folder_;
  int port_;
  std::unique_ptr<ServerProcess> process_;
};

// `options` are those of git_http_server.py. Serves every repository below `root`.
class GitHttpServer {
 public:
  explicit GitHttpServer(const std::filesystem::path& root, std::vector<std::string> options = {});

  std::string Url(const std::string& path) const;  // "http://127.0.0.1:4711/remote.git"
  std::string origin() const;
  int port() const { return port_; }
  // One line per request: the path, a space, and the credentials that came with it ("-": none).
  std::string requests() const { return folder_.Read("requests"); }

 private:
  TempDir folder_;
  int port_;
  ServerProcess process_;
};

// git daemon, with pushes allowed.
class GitDaemon {
 public:
  explicit GitDaemon(const std::filesystem::path& root);
  std::string Url(const std::string& path) const;

 private:
  TempDir folder_;
  int port_;
  ServerProcess process_;
};

}  // namespace mamc::test
