#include "board_service.hpp"

#include <mamc/board.h>

#include <map>

#include "task_order.hpp"

namespace mamc::coordinator {
namespace {

constexpr int kMostConflicts = 5;

class BoardService final : public engine::Service, public std::enable_shared_from_this<BoardService> {
 public:
  BoardService(std::shared_ptr<const Board> board, TaskRuns runs, std::string owner)
      : board_(std::move(board)), runs_(std::move(runs)), owner_(std::move(owner)) {}

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
    bool sets_status = verb->first == "update" && GetMember(input, "set").contains("status") &&
                       GetString(input, "id") == GetString(spec.task, "id");
    if (sets_status) return SetStatus(call, input, kMostConflicts);
    board_->Ask(verb->second, input, [call](Result<Json> result) { Answer(call, std::move(result)); });
  }

 private:
  static void Answer(const std::shared_ptr<engine::ServiceCall>& call, Result<Json> result) {
    if (result.ok()) return call->done(Code::kOk, std::move(*result));
    call->done(result.status().code(), {{"message", result.status().message()}});
  }

  // The task is looked at first, and set only when it is still as it was then: who closes it in between is
  // not overruled. `conflicts`: how often somebody may be faster.
  void SetStatus(const std::shared_ptr<engine::ServiceCall>& call, const Json& input, int conflicts) {
    board_->Ask(MAMC_BOARD_GET, {{"id", GetMember(input, "id")}, {"project", GetMember(input, "project")}},
                [self = shared_from_this(), call, input, conflicts](Result<Json> got) {
                  if (!got.ok()) return Answer(call, got.status());
                  const Json& task = GetMember(*got, "task");
                  if (!call->view->MayGoOn()) return;  // the run is being parked
                  if (Status taken = self->TakenByAnother(*call, task); !taken.ok())
                    return Answer(call, taken);
                  if (Status closed = self->ClosedByAnother(*call, input, task); !closed.ok())
                    return Answer(call, closed);
                  Json update = input;
                  bool given = input.contains("version");  // by a step that has looked itself
                  if (!given) update["version"] = GetMember(task, "version");
                  self->board_->Ask(
                      MAMC_BOARD_UPDATE, update, [self, call, input, given, conflicts](Result<Json> updated) {
                        bool again = updated.status().code() == Code::kConflict && !given && conflicts > 0;
                        if (again) return self->SetStatus(call, input, conflicts - 1);
                        Answer(call, std::move(updated));
                      });
                });
  }

  Status TakenByAnother(const engine::ServiceCall& call, const Json& task) const {
    const std::string owner = GetString(GetMember(task, "claim"), "owner");
    if (owner.empty() || owner == owner_) return {};
    return Status(Code::kPermission, "task " + GetString(task, "id") + " was taken by " + owner +
                                         " while run " + call.run +
                                         " was under way; the run sets it no more");
  }

  Status ClosedByAnother(const engine::ServiceCall& call, const Json& input, const Json& task) const {
    const std::string status = GetString(task, "status");
    const std::string wanted = GetString(GetMember(input, "set"), "status");
    if (!IsFinished(status) || wanted == status) return {};
    if (runs_.StatusSetBy(call.run, call.path, call.key) == status) return {};
    return Status(Code::kPermission, "task " + GetString(task, "id") + " was set to " + status +
                                         " by somebody else while run " + call.run +
                                         " was under way; it stays so, and is not set to " + wanted);
  }

  const std::shared_ptr<const Board> board_;
  const TaskRuns runs_;
  const std::string owner_;
};

}  // namespace

std::shared_ptr<engine::Service> MakeBoardService(std::shared_ptr<const Board> board, TaskRuns runs,
                                                  std::string owner) {
  return std::make_shared<BoardService>(std::move(board), std::move(runs), std::move(owner));
}

}  // namespace mamc::coordinator
