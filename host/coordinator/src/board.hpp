// The board as one project's loop asks it: every question names a project, its own unless
// the question has one, and the board may ask for its secrets.
//
// Thread rule: the loop's thread.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "mamc/base/json.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::coordinator {

class Board {
 public:
  // `context` may be null: the board gets no secrets.
  Board(plugin::Calls& calls, std::shared_ptr<plugin::Instance> instance,
        std::shared_ptr<plugin::CallContext> context, std::string project);

  plugin::Calls& calls() const { return calls_; }
  // `verb` is one of mamc/board.h that does not stay open.
  void Ask(std::uint32_t verb, Json input, std::function<void(Result<Json>)> done) const;
  void Watch(std::shared_ptr<plugin::CallObserver> observer) const;

 private:
  plugin::Calls& calls_;
  const std::shared_ptr<plugin::Instance> instance_;
  const std::shared_ptr<plugin::CallContext> context_;
  const std::string project_;
};

}  // namespace mamc::coordinator
