// The configured board, asked one question at a time: opens its plugin and runs a loop until the answer is
// there. Thread rule: the main thread; its loop runs only inside Ask.
#pragma once
#include <memory>

#include "mamc/cli/session.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::cli {

class BoardClient {
 public:
  // The session's config and catalog must have been made; the client lives at most as long as the session.
  static Result<std::unique_ptr<BoardClient>> Open(Session& session);

  // `verb` is one of mamc/board.h.
  Result<Json> Ask(std::uint32_t verb, const Json& input);

 private:
  BoardClient(Session& session);

  Session& session_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<plugin::Calls> calls_;
  std::shared_ptr<plugin::Instance> board_;
};

}  // namespace mamc::cli
