// SIGINT, SIGTERM and SIGHUP as something the loop can wait for. REQUIRES: made before any other thread
// starts.
#pragma once
#include <sys/signalfd.h>

#include <csignal>

#include "mamc/base/descriptor.hpp"

namespace mamc::cli {

class StopSignals {
 public:
  StopSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (!IsIgnored(SIGHUP)) sigaddset(&signals, SIGHUP);  // the terminal was closed; nohup means to go on
    // A file that may not grow any more fails its write, which has a sentence; the signal has none.
    std::signal(SIGXFSZ, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signals_ = Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  int fd() const { return signals_.get(); }

 private:
  static bool IsIgnored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
  }

  Descriptor signals_;
};

}  // namespace mamc::cli
