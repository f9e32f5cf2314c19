// The step type `git-operation`: what a workflow may do with the branch of its run. All of it is
// mamc::git::Run; the names of commits depend only on the input and the time at which the step started, so a
// step that is run again after an interruption makes the same ones.
#include <mamc/step.h>

#include <mamc/cpp/plugin.hpp>

#include "mamc/git/json.hpp"
#include "mamc/git/run.hpp"

namespace {

using namespace mamc::git;
using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Json;
using mamc::sdk::Task;

constexpr int kFinalizeAttempts = 5;

std::vector<std::string> Patterns(const Json& params) {
  auto found = params.find("files");
  if (found == params.end() || found->is_null()) return {};
  if (found->is_string()) return {found->get<std::string>()};
  return found->get<std::vector<std::string>>();
}

// One operation on one run.
class Operation {
 public:
  Operation(Context& context, const Json& input, const std::optional<Author>& author)
      : context_(context),
        input_(input),
        params_(input.at("params")),
        run_(Run::OfTree(context, RequiredText(input.value("workspace", Json::object()), "path"))),
        remote_(run_.MakeRemote(context)),
        author_(AuthorIn(params_) ? AuthorIn(params_) : author) {
    result_["operation"] = Text(params_, "operation");
  }

  Task<Json> Execute() {
    const std::string operation = Text(params_, "operation");
    if (operation == "checkout")
      co_await CheckOut();
    else if (operation == "commit")
      Commit();
    else if (operation == "push")
      co_await Push();
    else if (operation == "pull")
      co_await Pull();
    else if (operation == "merge")
      co_await Merge();
    else if (operation == "finalize")
      co_await Finalize();
    else
      throw Failure(MAMC_E_INVALID, "git-operation has no operation '" + operation + "'");
    result_["commit"] = run_.head();
    result_["branch"] = run_.branch();
    if (!result_.contains("tree")) result_["tree"] = run_.KeepTree();
    co_return std::move(result_);
  }

 private:
  std::int64_t time_s() const { return context_.started_unix_ms() / 1000; }

  std::string Or(const char* param, std::string fallback) const {
    std::string text = Text(params_, param);
    return text.empty() ? fallback : text;
  }

  std::string Message(const std::string& fallback) const {
    std::string message = Text(params_, "message");
    if (message.empty() && input_.contains("task")) message = Text(input_["task"], "title");
    return message.empty() ? fallback : message;
  }

  CommitRequest Request() const {
    CommitRequest request;
    request.message = Message("Changes of step " + Text(input_, "step"));
    request.files = Patterns(params_);
    request.author = author_;
    request.time_ms = context_.started_unix_ms();
    const std::string task = input_.contains("task") ? Text(input_["task"], "id") : "";
    if (!task.empty()) request.trailers.emplace_back("Task", task);
    request.trailers.emplace_back("Run", Text(input_, "run"));
    request.trailers.emplace_back("Step", Text(input_, "step"));
    return request;
  }

  // A branch of the remote, else one of this workspace, else a commit.
  std::string Resolve(const std::string& name) {
    if (auto theirs = remote_.Branch(name)) return *theirs;
    if (auto ours = run_.repo().Ref("refs/heads/" + name)) return *ours;
    const bool is_commit =
        name.size() == 40 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (is_commit && run_.repo().HasCommit(name)) return name;
    throw Failure(MAMC_E_NOT_FOUND,
                  "neither " + remote_.url() + " nor the workspace has a branch or commit '" + name + "'");
  }

  Task<void> CheckOut() {
    const std::string branch = Or("branch", run_.run_branch());
    if (!IsBranchName(branch)) throw Failure(MAMC_E_INVALID, "'" + branch + "' is not a branch name");
    co_await remote_.Fetch();
    if (branch == run_.branch()) co_return;
    auto commit = run_.repo().Ref("refs/heads/" + branch);
    if (!commit) commit = remote_.Branch(branch);
    if (!commit) commit = Resolve(Or("base", run_.base()));
    run_.Switch(branch, *commit);
  }

  void Commit() {
    const Committed done = run_.Commit(Request());
    result_["tree"] = done.tree;
    result_["changed"] = done.changed;
    result_["empty"] = done.empty;
  }

  Task<void> Push() {
    std::string branch = Or("branch", run_.branch());
    co_await run_.Publish(remote_, std::move(branch));
    result_["pushed"] = true;
  }

  Task<void> Pull() {
    co_await remote_.Fetch();
    const std::string before = run_.head();
    const auto theirs = remote_.Branch(Or("branch", run_.branch()));
    if (theirs) run_.Integrate(*theirs);
    result_["changed"] = Changed(before, run_.head());
  }

  Task<void> Merge() {
    co_await remote_.Fetch();
    const std::string source = RequiredText(params_, "source");
    const std::string theirs = Resolve(source);
    const std::string ours = run_.head();
    const bool already = run_.repo().IsAncestor(theirs, ours);
    if (!already)
      run_.Advance(co_await Combine(ours, theirs, source, "Merge " + source + " into " + run_.branch()));
    result_["merged"] = !already;
    result_["changed"] = Changed(ours, run_.head());
  }

  Task<void> Finalize() {
    const std::string how = Or("merge", "branch");
    if (how == "branch") {
      co_await Push();
      result_["merged"] = false;
      co_return;
    }
    const std::string base = Or("base", run_.base());
    for (int attempt = 0; attempt < kFinalizeAttempts; ++attempt) {
      co_await remote_.Fetch();
      const auto theirs = remote_.Branch(base);
      if (!theirs) throw Failure(MAMC_E_NOT_FOUND, remote_.url() + " has no branch '" + base + "'");
      const std::string next = co_await OnBase(base, *theirs);
      bool pushed = next == *theirs;
      result_["pushed"] = !pushed;
      if (!pushed) pushed = co_await remote_.Push(next, base);
      if (!pushed) continue;
      result_["merged"] = true;
      result_["empty"] = next == *theirs;
      result_["base"] = base;
      result_["base_commit"] = next;
      result_["changed"] = Changed(*theirs, next);
      co_return;
    }
    throw Failure(MAMC_E_UNAVAILABLE, "the branch '" + base + "' of " + remote_.url() +
                                          " moved each of the " + std::to_string(kFinalizeAttempts) +
                                          " times that it was pushed to: try again later");
  }

  // For the person who is asked to do it.
  std::string HowToMerge(const std::string& name) const {
    return "\nTo resolve it in a clone of " + remote_.url() + ":\n  git fetch origin\n  git checkout " +
           run_.branch() + "\n  git merge origin/" + name +
           "    # correct the files, then git commit\n  git push origin " + run_.branch();
  }

  // What the base, at a commit, becomes: what it is when it holds this branch's work already.
  Task<std::string> OnBase(std::string base, std::string at) {
    const std::string ours = run_.head();
    if (run_.repo().IsAncestor(ours, at)) co_return at;
    co_return co_await Combine(at, ours, base, "Merge " + run_.branch());
  }

  // `theirs` taken into `into`: as one commit when `merge` is `squash`, else with both parents. One of the
  // two is this branch, the other is `other`'s. When they do not go together, this branch is pushed to where
  // a person finds it.
  Task<std::string> Combine(std::string into, std::string theirs, std::string other,
                            std::string fallback_message) {
    const Merged merged = run_.repo().MergeCommits(into, theirs);
    if (!merged.ok()) {
      co_await run_.Publish(remote_, run_.branch());
      throw Conflict("'" + run_.branch() + "' and '" + other + "' of " + remote_.url() + " both changed",
                     merged.conflicts, HowToMerge(other));
    }
    const bool squash = Text(params_, "merge") == "squash";
    if (squash && merged.result == run_.repo().ReadCommit(into).tree) co_return into;
    CommitRequest request = Request();
    request.message = Message(fallback_message);
    CommitData data;
    data.parents = {into};
    if (!squash) data.parents.push_back(theirs);
    data.tree = merged.result;
    data.message = FullMessage(request);
    data.author = run_.AuthorFor(author_);
    data.time_s = time_s();
    co_return run_.repo().WriteCommit(data);
  }

  std::vector<std::string> Changed(const std::string& from, const std::string& to) {
    return run_.repo().ChangedPaths(run_.repo().ReadCommit(from).tree, run_.repo().ReadCommit(to).tree);
  }

  Context& context_;
  const Json& input_;
  const Json& params_;
  Run run_;
  Remote remote_;
  const std::optional<Author> author_;
  Json result_ = Json::object();
};

class GitOperation : public mamc::sdk::Step {
 public:
  explicit GitOperation(const Json& settings) : author_(AuthorIn(settings)) {}

  Task<Json> Run(Context& context, Json input) override {
    Operation operation(context, input, author_);
    co_return co_await operation.Execute();
  }

 private:
  const std::optional<Author> author_;
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<GitOperation>("step", "git-operation"))
