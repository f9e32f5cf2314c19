// SIGINT and SIGTERM as something the loop can wait for. REQUIRES: made before any other thread starts.
#pragma once
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace mamc::cli {

class StopSignals {
 public:
  StopSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    // A file that may not grow any more fails its write, which has a sentence; the signal has none.
    std::signal(SIGXFSZ, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~StopSignals() {
    if (fd_ >= 0) ::close(fd_);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace mamc::cli
