// The step type git-operation at work in one run's workspace.
#pragma once
#include "git_step.hpp"

namespace mamc::test {

class GitOperations : public GitStep {
 public:
  // `its_project`: where it keeps its files below .ma.
  explicit GitOperations(Json its_project = Json::object())
      : GitStep("git-operation", "task/1", {{"author", {{"name", "Step"}, {"email", "step@example.com"}}}}) {
    project = std::move(its_project);
    tree = Prepare("1")["path"].get<std::string>();
  }

  plugin::Outcome Call(const Json& params, const std::function<void(const Json&)>& before = {}) {
    return CallIn(tree, "run-1", "commit@1", params, before);
  }
  Json Ok(const Json& params, const std::function<void(const Json&)>& before = {}) {
    return OkResult(Call(params, before));
  }
  // The new commit of the run's branch.
  std::string CommitFile(const std::string& path, const std::string& text) {
    WriteText(tree / path, text);
    return Ok({{"operation", "commit"}, {"message", "change " + path}})["commit"];
  }
  // What the machines of the project have noted on the run's branch, there and here.
  void Note(const std::string& path, const std::string& text) {
    Ok({{"operation", "push"}});
    git.OthersPush(branch, path, text);
    Ok({{"operation", "pull"}});
  }
  std::string Log(const std::string& format) const {
    return git.Git(git.root(),
                   {"--git-dir", (tree.parent_path() / "git").string(), "log", "-1", "--format=" + format});
  }
  std::string CommittedFile(const std::string& path) const {
    return git.Git(git.root(),
                   {"--git-dir", (tree.parent_path() / "git").string(), "show", branch + ":" + path});
  }

  std::filesystem::path tree;
};

}  // namespace mamc::test
