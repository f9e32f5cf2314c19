// The workspace type `git`: the verbs of mamc/workspace.h on top of mamc::git::Run.
#include <mamc/workspace.h>

#include <mamc/cpp/plugin.hpp>

#include "mamc/git/json.hpp"
#include "mamc/git/ma_files.hpp"
#include "mamc/git/run.hpp"
#include "self_test.hpp"

namespace {

using namespace mamc::git;
using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Json;
using mamc::sdk::Task;

CommitRequest CommitRequestOf(const Json& input) {
  CommitRequest request;
  request.message = RequiredText(input, "message");
  request.files = input.value("files", std::vector<std::string>());
  request.author = AuthorIn(input);
  request.time_ms = input.value("time_ms", std::int64_t{0});
  request.parent = Text(input, "parent");
  const Json trailers = input.value("trailers", Json::object());
  for (const auto& [key, value] : trailers.items())
    request.trailers.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
  return request;
}

// Returns whether something was cut.
bool CutAtLine(std::string& text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return false;
  const std::size_t end = text.rfind('\n', max_bytes == 0 ? 0 : max_bytes - 1);
  text.resize(end == std::string::npos || max_bytes == 0 ? 0 : end + 1);
  return true;
}

class GitWorkspace : public mamc::sdk::Type {
 public:
  explicit GitWorkspace(const Json& settings)
      : project_base_(std::filesystem::absolute(RequiredText(settings, "project_base"))),
        author_(AuthorIn(settings)),
        access_(AccessIn(settings)) {}

  Task<Json> Call(Context& context, Json input) override {
    switch (context.verb()) {
      case MAMC_VERB_SELFTEST:
        if (input.contains("repo"))
          co_return co_await git_workspace::TestRepository(context, access_, std::move(input));
        co_return git_workspace::TestMachine(project_base_, author_);
      case MAMC_WORKSPACE_PREPARE:
        co_return co_await Prepare(context, std::move(input));
      case MAMC_WORKSPACE_COMMIT:
        co_return Commit(context, input);
      case MAMC_WORKSPACE_VERIFY:
        co_return Verify(context, input);
      case MAMC_WORKSPACE_PUBLISH:
        co_return co_await Publish(context, std::move(input));
      case MAMC_WORKSPACE_DIFF:
        co_return Diff(context, input);
      case MAMC_WORKSPACE_RETIRE:
        Run::Retire(context, project_base_, RequiredText(input, "id"));
        break;
      case MAMC_WORKSPACE_REMOVE:
        Run::Remove(context, project_base_, RequiredText(input, "id"));
        break;
      default:
        throw Failure(MAMC_E_UNSUPPORTED,
                      "the workspace type git has no verb " + std::to_string(context.verb()));
    }
    co_return Json::object();
  }

 private:
  Json Diff(Context& context, const Json& input) {
    Run run = Run::Find(context, project_base_, RequiredText(input, "id"));
    std::string from = Text(input, "from");
    if (from.empty()) from = run.MakeRemote(context).Branch(run.base()).value_or("");
    if (from.empty())
      throw Failure(MAMC_E_NOT_FOUND, "the base '" + run.base() +
                                          "' is unknown here: give 'from' or prepare the workspace again");
    const mamc::git::Changed changed = run.ChangedSince(context, from);
    const std::size_t max_bytes = input.value("max_bytes", std::size_t{1} << 20);
    std::string text = run.repo().DiffText(changed.before, changed.after, max_bytes + 1);
    const bool truncated = CutAtLine(text, max_bytes);
    return {{"text", std::move(text)},
            {"files", run.repo().ChangedPaths(changed.before, changed.after)},
            {"truncated", truncated}};
  }

  Task<Json> Prepare(Context& context, Json input) {
    PrepareRequest request;
    request.id = RequiredText(input, "id");
    request.repo = RequiredText(input, "repo");
    request.base = Text(input, "base");
    request.branch = RequiredText(input, "branch");
    request.commit = Text(input, "commit");
    request.tree = Text(input, "tree");
    request.fresh = input.value("fresh", false);
    request.follow = input.value("follow", false);
    request.undo = Text(input, "undo");
    request.ma = Text(input, "ma");
    request.ma_branch = Text(input, "ma_branch");
    Run run = co_await Run::Prepare(context, project_base_, author_, access_, std::move(request));
    const std::string base = run.base();
    const Remote remote = run.MakeRemote(context);
    Json result = Json::object();
    result["path"] = run.tree_path().string();
    result["commit"] = run.head();
    result["tree"] = run.repo().WriteTree();
    result["base"] = base;
    result["base_commit"] = remote.Branch(base).value_or("");
    result["summary"] = PulledSummary(run, remote);
    co_return result;
  }

  Json Commit(Context& context, const Json& input) {
    const CommitRequest request = CommitRequestOf(input);
    const Committed done = Run::Find(context, project_base_, RequiredText(input, "id")).Commit(request);
    return {{"commit", done.commit}, {"tree", done.tree}, {"changed", done.changed}, {"empty", done.empty}};
  }

  Json Verify(Context& context, const Json& input) {
    Run run = Run::Find(context, project_base_, RequiredText(input, "id"));
    const std::string commit = run.head();
    const std::string tree = run.KeepTree();
    // As a commit would take them: without what somebody has written among the notes.
    const std::string committed = run.repo().ReadCommit(commit).tree;
    const std::string work = run.repo().WithNotesOf(committed, tree);
    const Remote remote = run.MakeRemote(context);
    return {{"commit", commit},
            {"summary", PulledSummary(run, remote)},
            {"tree", tree},
            {"branch", run.branch()},
            {"changed", run.repo().ChangedPaths(committed, work)},
            {"conflicts", run.Conflicts(remote)}};
  }

  Task<Json> Publish(Context& context, Json input) {
    Run run = Run::Find(context, project_base_, RequiredText(input, "id"));
    const std::string expected = Text(input, "expected");
    if (!expected.empty() && expected != run.head())
      throw Failure(MAMC_E_CONFLICT,
                    "the workspace is at " + run.head() + " and not at " + expected + ": nothing was pushed");
    Remote remote = run.MakeRemote(context);
    std::string branch = Text(input, "branch");
    if (branch.empty()) branch = run.branch();
    const Published published = co_await run.Publish(context, remote, std::move(branch));
    Json result = Json::object();
    result["commit"] = published.commit;
    result["remote_commit"] = published.remote_commit;
    result["rebased"] = published.rebased;
    co_return result;
  }

  const std::filesystem::path project_base_;
  const std::optional<Author> author_;
  const Access access_;
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<GitWorkspace>("workspace", "git"))
