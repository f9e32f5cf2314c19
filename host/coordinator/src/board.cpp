#include "board.hpp"

#include <mamc/board.h>

#include <utility>

namespace mamc::coordinator {

Board::Board(plugin::Calls& calls, std::shared_ptr<plugin::Instance> instance,
             std::shared_ptr<plugin::CallContext> context, std::string project)
    : calls_(calls),
      instance_(std::move(instance)),
      context_(std::move(context)),
      project_(std::move(project)) {}

void Board::Ask(std::uint32_t verb, Json input, std::function<void(Result<Json>)> done) const {
  if (!input.contains("project")) input["project"] = project_;
  plugin::Call(calls_, instance_, verb, input, std::move(done), context_);
}

void Board::Watch(std::shared_ptr<plugin::CallObserver> observer) const {
  calls_.Start(instance_, {.verb = MAMC_BOARD_WATCH}, Dump({{"project", project_}}), std::move(observer),
               context_);
}

}  // namespace mamc::coordinator
