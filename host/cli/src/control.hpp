// The control socket: how `runs cancel` and the like reach the host that owns a state directory. One JSON
// object a line each way; mode 0600, so only the same user (and root) may speak.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "mamc/base/descriptor.hpp"
#include "mamc/base/json.hpp"
#include "mamc/base/loop.hpp"
#include "mamc/base/status.hpp"

namespace mamc::cli {

class ControlServer {
 public:
  using Handler = std::function<Result<Json>(const Json& request)>;

  // Listens; the old socket of a dead owner is replaced (the caller holds the directory's lock).
  static Result<std::unique_ptr<ControlServer>> Listen(Loop& loop, const std::filesystem::path& socket,
                                                       Handler handler);
  ~ControlServer();

 private:
  struct Client {
    Descriptor socket;
    WatchId watch = 0;
    std::string buffer;
  };
  ControlServer(Loop& loop, std::filesystem::path socket, Descriptor listener, Handler handler);
  void Accept();
  void Read(int fd);
  void Answer(int fd, const std::string& line);
  void Close(int fd);

  Loop& loop_;
  std::filesystem::path socket_;
  Descriptor listener_;
  Handler handler_;
  WatchId watch_ = 0;
  std::map<int, Client> clients_;  // by their sockets
};

// The process id of the host that listens there; empty when none does. Waits for nothing.
std::string HostProcess(const std::filesystem::path& socket);

// Asks the owner. kNotFound when nobody listens there.
Result<Json> AskOwner(const std::filesystem::path& socket, const Json& request);

}  // namespace mamc::cli
