// Keeps questions from a model that failed several times in a row: for a while none is asked, then one tries,
// and its end decides whether all may again.
//
// Thread rule: used from any thread.
#pragma once
#include <mutex>

#include "endpoint.hpp"

namespace lm_studio {

class Breaker {
 public:
  struct Limits {
    int failures = 5;  // in a row, after which it opens
    Milliseconds pause{30'000};
  };
  explicit Breaker(Limits limits) : limits_(limits) {}

  bool IsOpen() const;
  // How long to wait before a question may be asked; 0: it may be asked now, and its end must be told.
  Milliseconds Enter();
  void TellSuccess();
  // True when this failure opened it.
  bool TellFailure();
  // The question ended by no fault of the model and no merit.
  void TellNothing();

 private:
  const Limits limits_;
  mutable std::mutex mutex_;
  int failures_ = 0;              // in a row; protected by mutex_
  bool trying_ = false;           // one question is out to see; protected by mutex_
  Clock::time_point open_until_;  // protected by mutex_
};

}  // namespace lm_studio
