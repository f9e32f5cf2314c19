// The step type `git-operation`: what a workflow may do with the branch of its run. All of it is
// mamc::git::Run; the names of commits depend only on the input and the time at which the step started, so a
// step that is run again after an interruption makes the same ones.
#include <mamc/step.h>

#include <algorithm>
#include <mamc/cpp/plugin.hpp>

#include "log_end.hpp"
#include "mamc/git/json.hpp"
#include "mamc/git/run.hpp"

namespace {

using namespace mamc::git;
using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Json;
using mamc::sdk::Task;

constexpr int kFinalizeAttempts = 5;
constexpr std::size_t kMostNames = 10;
constexpr char kLogEnded[] = "End the log of the task";

std::string Names(const std::vector<std::string>& paths) {
  std::string names;
  for (std::size_t i = 0; i < std::min(paths.size(), kMostNames); ++i)
    names += (i == 0 ? "" : ", ") + paths[i];
  if (paths.size() > kMostNames) names += " and " + std::to_string(paths.size() - kMostNames) + " more";
  return names;
}

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
    if (done.empty && !done.left.empty()) Warn("`files` takes nothing of what has changed", done.left);
  }

  void Warn(const std::string& what, const std::vector<std::string>& paths) const {
    context_.Log(MAMC_LOG_WARN, "step " + Text(input_, "step") + ": " + what + ": " + Names(paths));
  }

  Task<void> Push() {
    std::string branch = Or("branch", run_.branch());
    co_await run_.Publish(context_, remote_, std::move(branch));
    result_["pushed"] = true;
  }

  Task<void> Pull() {
    co_await remote_.Fetch();
    const std::string before = run_.head();
    const std::string branch = Or("branch", run_.branch());
    if (branch == run_.run_branch()) run_.RefuseRewritten(remote_);
    const auto theirs = remote_.Branch(branch);
    if (theirs && WouldRebasePushed(*theirs))
      run_.Advance(co_await Combine(before, *theirs, branch, Message(IntoBranch(branch)), false));
    else if (theirs)
      run_.Integrate(remote_, *theirs);
    result_["changed"] = Changed(before, run_.head());
  }

  // Copies of commits that others have already would be in the way of both.
  bool WouldRebasePushed(const std::string& onto) {
    const auto pushed = remote_.Branch(run_.branch());
    return pushed && !run_.repo().IsAncestor(*pushed, onto) && !run_.repo().IsAncestor(onto, run_.head());
  }

  Task<void> Merge() {
    co_await remote_.Fetch();
    const std::string source = RequiredText(params_, "source");
    const std::string theirs = Resolve(source);
    const std::string ours = run_.head();
    const bool already = run_.repo().IsAncestor(theirs, ours);
    const bool squash = Text(params_, "merge") == "squash";
    if (!already) {
      const std::string both = co_await Combine(ours, theirs, source, Message(IntoBranch(source)), squash);
      run_.Advance(both);
    }
    result_["merged"] = !already;
    result_["changed"] = Changed(ours, run_.head());
  }

  // Brings the work to the base, or pushes its branch. Only the files that the run has come here with, which
  // are those that it has tested, become the target's; when others have moved that, theirs is taken into the
  // run's branch and the step fails: both together are to be tested first.
  Task<void> Finalize() {
    const bool onto_base = Or("merge", "branch") != "branch";
    const std::string target = onto_base ? Or("base", run_.base()) : Or("branch", run_.branch());
    const std::string tested = TreeOf(run_.head());
    LookForUncommitted(target);
    log_end_.emplace(context_, run_, remote_, Entry());
    for (int attempt = 0; attempt < kFinalizeAttempts; ++attempt) {
      co_await remote_.Fetch();
      run_.RefuseRewritten(remote_);
      const auto theirs = remote_.Branch(target);
      if (!theirs && onto_base)
        throw Failure(MAMC_E_NOT_FOUND, remote_.url() + " has no branch '" + target +
                                            "' to finalize on: it is the step's `base`, or else the base of "
                                            "the project. Correct that, or push the branch there");
      std::string next;
      if (onto_base)
        next = co_await OnBase(target, *theirs);
      else
        next = OnBranch(run_.head());
      const bool there = theirs && next == *theirs;
      const bool contains = !theirs || run_.repo().IsAncestor(*theirs, next);
      const bool moved = !contains || !run_.repo().SameWork(TreeOf(next), tested);
      if (moved || BranchHasWorkOfOthers()) {
        const bool taken_in = co_await TakeIn(target);
        if (taken_in) throw Moved(moved ? target : run_.branch());
        continue;
      }
      bool done = there;
      if (!done) done = co_await run_.Push(remote_, next, target);
      if (!done) continue;
      result_["pushed"] = !there || !onto_base;
      result_["merged"] = onto_base;
      if (onto_base)
        AddBase(target, *theirs, next);
      else
        run_.Advance(next);
      CommitRequest aside = LogEnded();
      co_await log_end_->WriteAside(std::move(aside));
      co_return;
    }
    throw Failure(MAMC_E_UNAVAILABLE, "the branch '" + target + "' of " + remote_.url() +
                                          " moved each of the " + std::to_string(kFinalizeAttempts) +
                                          " times that it was pushed to: try again later");
  }

  // A file of the commit that was changed since may be what the tests have passed with. New ones are what
  // builds and tests leave.
  void LookForUncommitted(const std::string& target) {
    const Uncommitted left = run_.FindUncommitted();
    const std::string what = "what no step has committed does not become part of '" + target + "'";
    if (!left.changed.empty() && !params_.value("allow_uncommitted", false))
      throw Failure(
          MAMC_E_INVALID,
          what + ", and the tests may have needed it: " + Names(left.changed) +
              ". Commit it in a step before this one, or set `allow_uncommitted: true` to leave it");
    for (const auto& paths : {left.changed, left.added})
      if (!paths.empty()) Warn(what, paths);
  }

  ChangelogEntry Entry() const {
    const Json task = input_.value("task", Json::object());
    return {Text(task, "id"), Text(task, "title"), Text(params_, "summary")};
  }

  // What is pushed of the branch, at a commit.
  std::string OnBranch(const std::string& at) {
    const std::string tree = log_end_->AppliedTo(TreeOf(at));
    return tree == TreeOf(at) ? at : WriteCommit({at}, tree, kLogEnded);
  }

  CommitRequest LogEnded() const {
    CommitRequest request = Request();
    request.message = kLogEnded;
    return request;
  }

  void AddBase(const std::string& base, const std::string& before, const std::string& after) {
    result_["empty"] = run_.repo().SameWork(TreeOf(after), TreeOf(before));
    result_["base"] = base;
    result_["base_commit"] = after;
    result_["changed"] = Changed(before, after);
  }

  std::string IntoBranch(const std::string& name) const { return "Merge " + name + " into " + run_.branch(); }

  // What somebody has pushed to the branch of this run is to be delivered with it, and not left behind.
  bool BranchHasWorkOfOthers() {
    const auto theirs = remote_.Branch(run_.branch());
    if (!theirs || run_.repo().IsAncestor(*theirs, run_.head())) return false;
    const Merged both = run_.repo().MergeCommits(run_.head(), *theirs);
    return !both.ok() || !run_.repo().SameWork(both.result, TreeOf(run_.head()));
  }

  // The remote's `target`, and what others have pushed to the run's branch, become part of the run's branch,
  // there and then here: what a try that failed leaves here counts as tested to the next. False when it has
  // moved once more meanwhile.
  Task<bool> TakeIn(std::string target) {
    const std::vector<std::string> names = {target, run_.branch()};
    std::string both = run_.head();
    for (const std::string& name : names) {
      const auto theirs = remote_.Branch(name);
      if (!theirs || run_.repo().IsAncestor(*theirs, both)) continue;
      if (run_.repo().IsAncestor(both, *theirs))
        both = *theirs;
      else
        both = co_await Combine(both, *theirs, name, IntoBranch(name), false);
    }
    const bool pushed = co_await run_.Push(remote_, both, run_.branch());
    if (pushed) run_.Advance(both);
    co_return pushed;
  }

  // No paths in conflict: the run can go on by itself.
  Failure Moved(const std::string& target) const {
    return Failure(MAMC_E_CONFLICT,
                   "others have moved the branch '" + target + "' of " + remote_.url() +
                       " since this run's work was tested. What they did is merged into '" + run_.branch() +
                       "' now (" + run_.head() +
                       "), and nothing is finalized before both are tested together",
                   {{"conflicts", Json::array()}});
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
    const bool squash = Text(params_, "merge") == "squash";
    const std::string message = Message("Merge " + run_.branch());
    const std::string both = co_await Combine(at, ours, base, message, squash);
    if (both == at) co_return at;
    const std::string tree = log_end_->AppliedTo(TreeOf(both));
    co_return tree == TreeOf(both) ? both : WriteCommit(ParentsOf(both), tree, message, squash ? ours : "");
  }

  // `theirs` taken into `into`: as one commit for a `squash`, else with both parents. One of the two is this
  // branch, the other is `other`'s. When they do not go together, this branch is pushed to where a person
  // finds it.
  Task<std::string> Combine(std::string into, std::string theirs, std::string other, std::string message,
                            bool squash) {
    const Merged merged = run_.repo().MergeCommits(into, theirs);
    if (!merged.ok()) {
      co_await run_.Publish(context_, remote_, run_.branch());
      throw Conflict("'" + run_.branch() + "' and '" + other + "' of " + remote_.url() + " both changed",
                     merged.conflicts, HowToMerge(other));
    }
    if (squash && run_.repo().SameWork(merged.result, TreeOf(into))) co_return into;
    std::vector<std::string> parents = {into};
    if (!squash) parents.push_back(theirs);
    co_return WriteCommit(std::move(parents), merged.result, std::move(message), squash ? theirs : "");
  }

  // `squashed`: the commit whose work it has, when that is not one of its parents.
  std::string WriteCommit(std::vector<std::string> parents, std::string tree, std::string message,
                          const std::string& squashed = {}) {
    CommitRequest request = Request();
    request.message = std::move(message);
    if (!squashed.empty()) request.trailers.emplace_back(kSquashed, squashed);
    CommitData data;
    data.parents = std::move(parents);
    data.tree = std::move(tree);
    data.message = FullMessage(request);
    data.author = run_.AuthorFor(author_);
    data.time_s = time_s();
    return run_.repo().WriteCommit(data);
  }

  std::vector<std::string> ParentsOf(const std::string& commit) {
    return run_.repo().ReadCommit(commit).parents;
  }
  std::string TreeOf(const std::string& commit) { return run_.repo().ReadCommit(commit).tree; }

  std::vector<std::string> Changed(const std::string& from, const std::string& to) {
    return run_.repo().ChangedPaths(run_.repo().WorkOf(TreeOf(from)), run_.repo().WorkOf(TreeOf(to)));
  }

  Context& context_;
  const Json& input_;
  const Json& params_;
  Run run_;
  Remote remote_;
  std::optional<LogEnd> log_end_;  // of finalize
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
