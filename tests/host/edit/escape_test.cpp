// Sixty ways out of the tree, each with a harmless twin.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "mamc/edit/apply.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::edit;
namespace fs = std::filesystem;

namespace {

enum class Way { kWhole, kBlock, kDiff, kDelete, kRename, kRenameFrom, kJson };

struct Escape {
  std::string path, twin;
  std::string says;  // a part of the refusal
  Way way = Way::kWhole;
};

std::string AnswerFor(const std::string& path, Way way) {
  switch (way) {
    case Way::kWhole:
      return "FILE: " + path + "\n```\nowned\n```\n";
    case Way::kBlock:
      return "FILE: " + path + "\n<<<<<<< SEARCH\nsafe\n=======\nowned\n>>>>>>> REPLACE\n";
    case Way::kDiff:
      return "```diff\n--- " + path + "\n+++ " + path + "\n@@ -1 +1 @@\n-safe\n+owned\n```\n";
    case Way::kDelete:
      return "DELETE: " + path + "\n";
    case Way::kRename:
      return "diff --git a/safe.txt b/x\nsimilarity index 100%\nrename from safe.txt\nrename to " + path +
             "\n";
    case Way::kRenameFrom:
      return "diff --git a/x b/taken.txt\nsimilarity index 100%\nrename from " + path +
             "\nrename to taken.txt\n";
    case Way::kJson:
      return "{\"ops\": [{\"action\": \"upsert\", \"path\": \"" + path + "\", \"content\": \"owned\\n\"}]}";
  }
  return {};
}

std::map<std::string, std::string> Outside(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator();
       ++entry) {
    if (entry->path() == folder / "tree") entry.disable_recursion_pending();
    std::ifstream file(entry->path(), std::ios::binary);
    all[entry->path().string()] =
        entry->is_regular_file() ? std::string(std::istreambuf_iterator<char>(file), {}) : std::string("/");
  }
  return all;
}

void MakeTree(const test::TempDir& dir) {
  for (const char* path : {"outside/safe.txt", "tree/safe.txt", "tree/src/safe.txt", "tree/.git/config",
                           "tree/.git/HEAD", "tree/etc/safe.txt", "tree/sub/git/config"})
    dir.Write(path, "safe\n");
  fs::create_directory_symlink(dir / "outside", dir / "tree/link");
  fs::create_directory_symlink("../outside", dir / "tree/src/relative");
  fs::create_symlink(dir / "outside/safe.txt", dir / "tree/file-link");
  fs::create_symlink(dir / "outside/none", dir / "tree/dangling");
  fs::create_symlink("..", dir / "tree/up");
}

const std::vector<Escape> kEscapes = {
    // Dot-dot.
    {"../outside/safe.txt", "src/safe.txt", "'..'"},
    {"../new.txt", "new.txt", "'..'"},
    {"src/../../outside/safe.txt", "src/safe.txt", "'..'"},
    {"src/..", "src/dots..", "'..'"},
    {"..", "..a", "'..'"},
    {"./../outside/new", "outside/new", "'..'"},
    {"../outside/safe.txt", "src/safe.txt", "'..'", Way::kBlock},
    {"../outside/safe.txt", "src/safe.txt", "'..'", Way::kDiff},
    {"a/../../outside/safe.txt", "src/safe.txt", "'..'", Way::kDiff},
    {"../outside/safe.txt", "src/safe.txt", "'..'", Way::kDelete},
    {"../outside/moved", "src/moved", "'..'", Way::kRename},
    {"../outside/safe.txt", "src/safe.txt", "'..'", Way::kRenameFrom},
    {"../outside/new", "src/new", "'..'", Way::kJson},
    // Absolute, and what other systems take for it.
    {"/etc/mamc-escape", "etc/mamc-escape", "absolute"},
    {"//etc/mamc-escape", "etc/mamc-escape", "absolute"},
    {"/etc/safe.txt", "etc/safe.txt", "absolute", Way::kBlock},
    {"/etc/safe.txt", "etc/safe.txt", "absolute", Way::kDiff},
    {"/etc/hostname", "etc/safe.txt", "absolute", Way::kDelete},
    {"/tmp/mamc-escape", "tmp/mamc-escape", "absolute", Way::kRename},
    {"/etc/passwd", "etc/safe.txt", "absolute", Way::kRenameFrom},
    {"/tmp/mamc-escape", "tmp/mamc-escape", "absolute", Way::kJson},
    {"C:/escape", "C/escape", "outside"},
    {"c:escape", "c-escape", "outside"},
    {"~/escape", "home/escape", "outside"},
    {"~root/escape", "root/escape", "outside"},
    {"file:///etc/escape", "etc/escape", "empty name"},
    // Links that are there.
    {"link/safe.txt", "src/safe.txt", "no folder of the tree"},
    {"link/new.txt", "src/new.txt", "no folder of the tree"},
    {"src/relative/safe.txt", "src/safe.txt", "no folder of the tree", Way::kBlock},
    {"file-link", "file", "links are not followed"},
    {"file-link", "safe.txt", "links are not followed", Way::kBlock},
    {"dangling", "dangled", "links are not followed"},
    {"up/new.txt", "upper/new.txt", "no folder of the tree"},
    {"link/safe.txt", "src/safe.txt", "no folder of the tree", Way::kDelete},
    {"link/moved", "src/moved", "no folder of the tree", Way::kRename},
    {"link/safe.txt", "src/safe.txt", "no folder of the tree", Way::kRenameFrom},
    {"link/new", "src/new", "no folder of the tree", Way::kJson},
    // git's own files.
    {".git/config", "git/config", "git itself"},
    {".git/hooks/post-checkout", "hooks/notes", "git itself"},
    {".GIT/config", "GIT/config", "git itself"},
    {".Git/hooks/a", "Git/hooks/a", "git itself"},
    {"sub/.git/config", "sub/git/config", "git itself"},
    {".git./config", "git./config", "git itself"},
    {".git /config", ".gi t/config", "git itself"},
    {"git~1/config", "git-1/config", "git itself"},
    {".git::$INDEX_ALLOCATION/config", "git-index/config", "git itself"},
    {".git/config", "sub/git/config", "git itself", Way::kBlock},
    {".git/HEAD", "safe.txt", "git itself", Way::kDelete},
    {".git/config", "config", "git itself", Way::kRename},
    {".g\u200cit/config", "gits/config", "looks like another"},
    {".g\u206ait/config", "gits/config2", "looks like another"},
    {".\u206fgit/hooks/x", "gits/config3", "looks like another"},
    {".gi\u2066t/config", "gits/config4", "looks like another"},
    // Characters that look like a separator or a dot, or end the name early.
    {"..\\outside\\safe.txt", "outside-safe.txt", "may not"},
    {"src\\safe.txt", "src/safe.txt", "may not", Way::kBlock},
    {"..\u2215outside", "dots-outside", "looks like another"},
    {"..\uff0foutside", "wide-outside", "looks like another"},
    {"\uff0e\uff0e/outside", "wide/outside", "looks like another"},
    {"%2e%2e/outside/new", "percent/new", "encoded"},
    {"..%2foutside", "percent2", "encoded"},
    {std::string("safe.txt\0/../x", 14), "null-byte", "may not"},
    {"src/a\x01"
     "b",
     "src/ab", "may not"},
    {"src/\xc0\xae\xc0\xae/x", "src/overlong", "may not"},
    // Too long, devices, a file that is no file.
    {std::string(300, 'n'), std::string(200, 'n'), "longer than 255"},
    {"d/" + std::string(5000, 'n'), "d/n", "longer than 4096"},
    {"nul", "null", "device"},
    {"src/CON.txt", "src/CONS.txt", "device"},
    {"com1", "com10", "device"},
    {"src", "srcs", "not a regular file"},
};

}  // namespace

TEST_CASE("no attempt leaves the tree and each harmless twin applies") {
  CHECK(kEscapes.size() >= 60);
  for (const Escape& escape : kEscapes) {
    test::TempDir dir;
    MakeTree(dir);
    const auto before = Outside(dir.path());
    INFO(escape.path.substr(0, 80) << " by way " << static_cast<int>(escape.way));
    auto report = Apply(ParseAnswer(AnswerFor(escape.path, escape.way)), dir / "tree", {});
    REQUIRE(report.ok());
    REQUIRE(report->refused.size() == 1);
    CHECK(report->refused[0].reason.find(escape.says) != std::string::npos);
    INFO(report->refused[0].reason);
    CHECK(Outside(dir.path()) == before);
    CHECK(dir.Read("tree/.git/config") == "safe\n");
    auto twin = Apply(ParseAnswer(AnswerFor(escape.twin, escape.way)), dir / "tree", {});
    REQUIRE(twin.ok());
    INFO(escape.twin << ": " << twin->feedback);
    CHECK(twin->ok());
    CHECK(Outside(dir.path()) == before);
  }
  CHECK_FALSE(fs::exists("/etc/mamc-escape"));
  CHECK_FALSE(fs::exists("/tmp/mamc-escape"));
}

TEST_CASE("a link made by the answer itself is no way out") {
  test::TempDir dir;
  MakeTree(dir);
  const auto before = Outside(dir.path());
  const std::string link =
      "diff --git a/door b/door\nnew file mode 120000\n--- /dev/null\n+++ b/door\n@@ -0,0 +1 "
      "@@\n+../outside\n";
  auto report = Apply(ParseAnswer(link + "\nFILE: door/safe.txt\n```\nowned\n```\n"), dir / "tree", {});
  REQUIRE(report.ok());
  CHECK_FALSE(report->ok());
  CHECK_FALSE(fs::exists(dir / "tree/door"));
  CHECK(Outside(dir.path()) == before);
}

TEST_CASE("what machines note below .ma is refused under every spelling that may lead there") {
  for (const char* path : {".ma/changelog.md", ".ma/qa/task-7-qa.log", ".MA/x", ".Ma/context/summary.md",
                           ".ma", ".ma./x", ".ma /x", "MA~1/x", ".ma::$INDEX_ALLOCATION/x"})
    CHECK(PathRefusal(path, {}) == "what machines note below .ma is never edited");
  for (const char* path : {".mamba/x", "ma/x", "docs/.ma/x", ".ma-notes/x", ".ma.md"})
    CHECK(PathRefusal(path, {}).empty());
  Policy own;
  own.allow_notes = true;
  CHECK(PathRefusal(".ma/own.md", own).empty());

  test::TempDir dir;
  dir.Write("tree/.ma/qa/task-7-qa.log", "not ok\n");
  for (const char* answer :
       {"FILE: .ma/qa/task-7-qa.log\n```\nok\n```\n",
        "diff --git a/.ma/qa/task-7-qa.log b/a.txt\nrename from .ma/qa/task-7-qa.log\nrename to a.txt\n",
        "diff --git a/.ma/qa/task-7-qa.log b/.ma/qa/task-7-qa.log\ndeleted file mode 100644\n"
        "--- a/.ma/qa/task-7-qa.log\n+++ /dev/null\n@@ -1 +0,0 @@\n-not ok\n"}) {
    auto report = Apply(ParseAnswer(answer), dir / "tree", {});
    REQUIRE(report.ok());
    CHECK_FALSE(report->ok());
    CHECK(dir.Read("tree/.ma/qa/task-7-qa.log") == "not ok\n");
  }
}

TEST_CASE("keys and CI files are refused wherever and however they are named") {
  for (const char* path : {"id_ecdsa",
                           "keys/id_dsa",
                           "id_ed25519_sk",
                           ".ssh/config",
                           "home/.ssh/authorized_keys",
                           ".aws/credentials",
                           "www/.htpasswd",
                           "prod.env",
                           "deploy/.env",
                           "x/Putty.PPK",
                           ".gnupg/ring",
                           "config/secrets.yml",
                           "secrets.yaml",
                           ".streamlit/secrets.toml",
                           ".cargo/credentials.toml",
                           ".gem/credentials",
                           ".my.cnf",
                           ".vault-token",
                           "_netrc",
                           "etc/ssh_host_rsa_key",
                           "infra/terraform.tfstate",
                           ".dockercfg",
                           ".dockerconfigjson",
                           "ops/kubeconfig",
                           ".secrets",
                           "secret.json"})
    CHECK(PathRefusal(path, {}).find("secrets") != std::string::npos);
  for (const char* path :
       {".gitea/workflows/a.yml", ".forgejo/workflows/a.yml", "azure-pipelines.yaml", "azure-pipelines.yml",
        "bitbucket-pipelines.yaml", "Jenkinsfile", "deploy/Jenkinsfile", ".build.yml", ".builds/a.yml",
        ".semaphore/a.yml", ".drone.star", ".cirrus.star", "cloudbuild.yaml", "buildspec.yml", "bitrise.yml",
        ".azuredevops/a.yml", ".tekton/a.yml", "wercker.yml"})
    CHECK(PathRefusal(path, {}).find("CI files") != std::string::npos);
  for (const char* path : {"sub/.envrc", ".vscode/tasks.json", "sub/.vscode/tasks.json", "hooks/pre-commit",
                           "tools/git/hooks/post-merge", "web/.husky/pre-push", "lefthook.yaml",
                           ".lefthook.toml", ".git-hooks/pre-commit", "src/.gitattributes",
                           ".hooks/pre-commit", "my-hooks/pre-commit", ".overcommit.yml", ".huskyrc",
                           ".hg/hgrc", ".devcontainer/devcontainer.json"})
    CHECK(PathRefusal(path, {}).find("hooks") != std::string::npos);
  for (const char* path : {".pgpass", ".kube/config", ".docker/config.json", "prod.secrets.yml"})
    CHECK(PathRefusal(path, {}).find("secrets") != std::string::npos);
  for (const char* path : {".gitlab-ci/build.yml", ".azure-pipelines/x.yml"})
    CHECK(PathRefusal(path, {}).find("CI files") != std::string::npos);
  for (const char* path : {"debian/postinst.sh", "post-install.sh", "scripts/post_install.sh", "postinstall",
                           ".pnpmfile.cjs"})
    CHECK(PathRefusal(path, {}).find("install scripts") != std::string::npos);
  for (const char* path :
       {".env.example", "config/example.env", "src/environment.c", ".aws/config", "ssh/a.c",
        "docs/gitea/a.yml", "a.yaml", "src/my.envrc.md", "src/hooks/useState.ts", "hooks/update.py",
        "INSTALL", "docker/config.json", ".vscode/settings.json", "docs/secrets.md", "Jenkinsfile.md"})
    CHECK(PathRefusal(path, {}).empty());
  Policy all;
  all.allow_ci = all.allow_hooks = all.allow_secrets = true;
  for (const char* path : {".ssh/config", "azure-pipelines.yaml", "sub/.envrc"})
    CHECK(PathRefusal(path, all).empty());
}

TEST_CASE("a file is never named like the one that takes another's place") {
  CHECK(PathRefusal("src/.mamc-edit.new", {}).find("record of an edit") != std::string::npos);
  CHECK(PathRefusal("src/mamc-edit.new", {}).empty());
}
