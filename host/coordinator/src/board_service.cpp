#include "board_service.hpp"

#include <mamc/board.h>

#include <map>

namespace mamc::coordinator {
namespace {

class BoardService final : public engine::Service {
 public:
  BoardService(plugin::Calls& calls, std::shared_ptr<plugin::Instance> board)
      : calls_(calls), board_(std::move(board)) {}

  void Start(std::shared_ptr<engine::ServiceCall> call) override {
    static const std::map<std::string, std::uint32_t> verbs = {
        {"list", MAMC_BOARD_LIST},     {"get", MAMC_BOARD_GET},         {"update", MAMC_BOARD_UPDATE},
        {"create", MAMC_BOARD_CREATE}, {"comment", MAMC_BOARD_COMMENT}, {"milestone", MAMC_BOARD_MILESTONE}};
    Json input = call->input;
    auto verb = verbs.find(GetString(input, "verb"));
    if (verb == verbs.end())
      return call->done(Code::kInvalid,
                        {{"message", "the board service has no verb '" + GetString(input, "verb") + "'"}});
    input.erase("verb");
    const engine::RunSpec& spec = call->view->spec();
    input["project"] = GetString(spec.project, "id");
    bool about_task = verb->first == "get" || verb->first == "update" || verb->first == "comment";
    if (about_task && !input.contains("id")) input["id"] = GetString(spec.task, "id");
    if (verb->first == "comment" && !input.contains("author")) input["author"] = "mamc-host";
    // Repeated after a crash, it must not take effect twice.
    bool repeats = verb->first == "update" || verb->first == "comment";
    if (repeats && !input.contains("op_id")) input["op_id"] = call->op_id;
    plugin::Call(calls_, board_, verb->second, input, [call](Result<Json> result) {
      if (result.ok()) return call->done(Code::kOk, std::move(*result));
      call->done(result.status().code(), {{"message", result.status().message()}});
    });
  }

 private:
  plugin::Calls& calls_;
  std::shared_ptr<plugin::Instance> board_;
};

}  // namespace

std::shared_ptr<engine::Service> MakeBoardService(plugin::Calls& calls,
                                                  std::shared_ptr<plugin::Instance> board) {
  return std::make_shared<BoardService>(calls, std::move(board));
}

}  // namespace mamc::coordinator
