// Git servers as they are in the world: who we are to them, who they are to us, and what is given up.
#include "support/git_servers.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "git_workspaces.hpp"
#include "support/redis_server.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;
using Catch::Contains;

namespace {

constexpr const char* kToken = "t0ken-that-nobody-may-see";

// A workspace type that is set up for a server, its processes run for real.
class Site {
 public:
  explicit Site(const GitFixture& git, const Json& settings = Json::object())
      : driver(plugin::Kind::kWorkspace, "git", SettingsWith(git, settings)) {}

  plugin::Outcome Call(std::uint32_t verb, const Json& input) { return driver.Start(verb, input).Wait(); }
  plugin::Outcome Prepare(const std::string& url, const std::string& id = "1") {
    return Call(MAMC_WORKSPACE_PREPARE, PrepareInput(url, id));
  }
  static Json PrepareInput(const std::string& url, const std::string& id = "1") {
    return {{"id", id}, {"repo", url}, {"base", "main"}, {"branch", "task/" + id}};
  }
  // A file is fetched, changed and pushed back.
  void RoundTrip(const GitFixture& git, const std::string& url) {
    plugin::Outcome prepared = Prepare(url);
    INFO(prepared.json);
    REQUIRE(prepared.code == Code::kOk);
    WriteText(fs::path(Json::parse(prepared.json)["path"].get<std::string>()) / "a.txt", url + "\n");
    REQUIRE(Call(MAMC_WORKSPACE_COMMIT, {{"id", "1"}, {"message", "work"}, {"time_ms", 1'700'000'000'000}})
                .code == Code::kOk);
    plugin::Outcome published = Call(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
    INFO(published.json);
    REQUIRE(published.code == Code::kOk);
    CHECK(Json::parse(published.json)["commit"] == git.RemoteCommit("task/1"));
    CHECK(git.RemoteFile("task/1", "a.txt") == url + "\n");
  }

  PluginDriver driver;

 private:
  static Json SettingsWith(const GitFixture& git, const Json& more) {
    Json settings = {{"project_base", git.project_base().string()},
                     {"author", {{"name", "Müller"}, {"email", "m@example.com"}}}};
    settings.update(more);
    return settings;
  }
};

// A variable of the environment, as long as this lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

Json SshSettings(const SshServer& server) {
  WriteText(server.file("known hosts"), server.KnownHostsLine() + "\n");
  return {{"ssh_key", server.key().string()}, {"known_hosts", server.file("known hosts").string()}};
}

Json TokenFor(const GitHttpServer& server) {
  return {{"token_hosts", {server.origin()}}};
}

// Everything that is written below a folder.
bool AnyFileHolds(const fs::path& folder, const std::string& text) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream bytes;
    bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    if (bytes.str().find(text) != std::string::npos) return true;
  }
  return false;
}

std::string SilentUrl(const SilentServer& server, const std::string& scheme) {
  return scheme + "://127.0.0.1:" + std::to_string(server.port()) + "/remote.git";
}

template <class Condition>
bool Within30s(Condition holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace

TEST_CASE("over ssh a branch is fetched and pushed with a key file and a port of the server's own") {
  GitFixture git;
  SshServer server;
  Site site(git, SshSettings(server));
  site.RoundTrip(git, server.Url(git.remote()));
}

TEST_CASE("a key file with a passphrase is opened by the one in GIT_SSH_PASSPHRASE") {
  GitFixture git;
  SshServer server;
  Json settings = SshSettings(server);
  const fs::path locked = SshServer::MakeKey(server.file("locked key"), "open sesame");
  WriteText(server.file("authorized"), ReadText(locked.string() + ".pub"));
  settings["ssh_key"] = locked.string();
  Site site(git, settings);
  site.driver.secrets["GIT_SSH_PASSPHRASE"] = "open sesame";
  site.RoundTrip(git, server.Url(git.remote()));
  CHECK_FALSE(AnyFileHolds(git.project_base(), "open sesame"));
}

TEST_CASE("a key file that cannot be used is told with its setting and its reason") {
  GitFixture git;
  SshServer server;
  Json settings = SshSettings(server);
  std::string passphrase, reason;
  const fs::path key = server.file("own key");
  SECTION("there is none") {
    reason = "there is no file " + key.string();
  }
  SECTION("others may read it") {
    SshServer::MakeKey(key);
    fs::permissions(key, fs::perms::others_read, fs::perm_options::add);
    reason = "while others may read it: chmod 600 ";
  }
  SECTION("it has a passphrase that nobody has told") {
    SshServer::MakeKey(key, "open sesame");
    reason = "has a passphrase: set GIT_SSH_PASSPHRASE";
  }
  SECTION("it has another passphrase") {
    SshServer::MakeKey(key, "open sesame");
    passphrase = "close sesame";
    reason = "the passphrase in GIT_SSH_PASSPHRASE does not open " + key.string();
  }
  SECTION("the server does not take it") {
    SshServer::MakeKey(key);
    reason = "the server does not take the key " + key.string();
  }
  SECTION("it is something else") {
    WriteText(key, "no key\n");
    fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
    reason = "is no private key that ssh can read";
  }
  settings["ssh_key"] = key.string();
  Site site(git, settings);
  if (!passphrase.empty()) site.driver.secrets["GIT_SSH_PASSPHRASE"] = passphrase;
  const plugin::Outcome outcome = site.Prepare(server.Url(git.remote()));
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(outcome.Message(), Contains("Permission denied (publickey)"));
  CHECK_THAT(outcome.Message(), Contains("workspaces.git.ssh_key: "));
  CHECK_THAT(outcome.Message(), Contains(reason));
}

TEST_CASE("an ssh server that is not known or shows another key is refused with the line to add") {
  GitFixture git;
  SshServer server;
  Json settings = SshSettings(server);
  const fs::path known = server.file("known hosts");
  const std::string url = server.Url(git.remote());
  bool changed = false;
  SECTION("not known") {
    WriteText(known, "");
  }
  SECTION("another key") {
    changed = true;
    const std::string other = ReadText(SshServer::MakeKey(server.file("other")).string() + ".pub");
    WriteText(known, "[127.0.0.1]:" + std::to_string(server.port()) + " " + other);
  }
  Site site(git, settings);
  const plugin::Outcome outcome = site.Prepare(url);
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(outcome.Message(), Contains("Host key verification failed"));
  CHECK_THAT(outcome.Message(), Contains("fingerprint is SHA256:"));
  CHECK_THAT(outcome.Message(),
             Catch::EndsWith("add this line to " + known.string() + ":\n  " + server.KnownHostsLine()));
  if (changed) CHECK_THAT(outcome.Message(), Contains("ssh-keygen -R '[127.0.0.1]:"));
  CHECK(fs::exists(git.project_base()));
  WriteText(known, outcome.Message().substr(outcome.Message().rfind('\n') + 3) + "\n");
  site.RoundTrip(git, url);
}

TEST_CASE("over http the token of the environment opens the server and stands nowhere") {
  GitFixture git;
  GitHttpServer server(git.root(), {"--token", kToken});
  Site site(git, TokenFor(server));
  PluginDriver& own = site.driver;
  own.serve_spawn = false;
  own.secrets["GIT_TOKEN"] = kToken;
  int spawns = 0;
  const auto look = [&](const Json& spawn) {
    ++spawns;
    CHECK(Dump(spawn["argv"]).find(kToken) == std::string::npos);
  };
  plugin::Outcome prepared = WaitServingSpawn(
      own, own.Start(MAMC_WORKSPACE_PREPARE, Site::PrepareInput(server.Url("remote.git"))), look);
  INFO(prepared.json);
  REQUIRE(prepared.code == Code::kOk);
  WriteText(fs::path(Json::parse(prepared.json)["path"].get<std::string>()) / "big",
            std::string(3 << 20, 'x') + std::to_string(std::rand()));
  REQUIRE(own.Run(MAMC_WORKSPACE_COMMIT, {{"id", "1"}, {"message", "work"}, {"time_ms", 1'700'000'000'000}})
              .code == Code::kOk);
  plugin::Outcome published = WaitServingSpawn(own, own.Start(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}}), look);
  INFO(published.json);
  REQUIRE(published.code == Code::kOk);
  CHECK(Json::parse(published.json)["commit"] == git.RemoteCommit("task/1"));
  CHECK(spawns == 2);
  CHECK_THAT(server.requests(), Contains(std::string("git:") + kToken));
  CHECK_FALSE(AnyFileHolds(git.project_base(), kToken));
}

TEST_CASE("over https the token goes to a server whose certificate is known and to no other") {
  GitFixture git;
  const fs::path tls = git.root() / "tls.pem", certificate = git.root() / "certificate.pem";
  RunProgram({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
              "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
              "-keyout", tls.string(), "-out", certificate.string()},
             "/");
  WriteText(tls, ReadText(tls) + ReadText(certificate));
  GitHttpServer server(git.root(), {"--token", kToken, "--tls", tls.string()});
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/remote.git";
  Site site(git, {{"token_hosts", {"127.0.0.1"}}});
  site.driver.secrets["GIT_TOKEN"] = kToken;
  const plugin::Outcome outcome = site.Prepare(url);
  CHECK(outcome.code != Code::kOk);
  CHECK_THAT(outcome.Message(), Contains("certificate"));
  CHECK(server.requests().empty());
  Variable authorities("GIT_SSL_CAINFO", certificate.string());
  site.RoundTrip(git, url);
  CHECK_THAT(server.requests(), Contains(std::string("git:") + kToken));
}

TEST_CASE("a server that does not take the token is told in its words with the setting") {
  GitFixture git;
  GitHttpServer server(git.root(), {"--token", "another"});
  Json settings = TokenFor(server);
  std::string advice;
  std::optional<std::string> token = kToken;
  SECTION("a wrong one") {
    advice = "this token opens nothing here";
  }
  SECTION("none") {
    token.reset();
    advice = "Set GIT_TOKEN and name the server in workspaces.git.token_hosts";
  }
  SECTION("one for other servers") {
    settings["token_hosts"] = {"git.example.com", "127.0.0.1"};
    advice = "GIT_TOKEN is set, but goes only to the servers that workspaces.git.token_hosts names: add " +
             server.origin();
  }
  Site site(git, settings);
  if (token) site.driver.secrets["GIT_TOKEN"] = *token;
  const plugin::Outcome outcome = site.Prepare(server.Url("remote.git"));
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(outcome.Message(), Contains(advice));
  CHECK_THAT(outcome.Message(), Contains("GIT_TOKEN"));
  CHECK(outcome.Message().find(kToken) == std::string::npos);
  if (settings["token_hosts"].size() == 2) CHECK(server.requests().find(kToken) == std::string::npos);
}

TEST_CASE("the token does not follow a redirect to another server") {
  GitFixture git;
  GitHttpServer other(git.root(), {"--token", kToken});
  GitHttpServer server(git.root(), {"--redirect", other.origin()});
  Site site(git, TokenFor(server));
  site.driver.secrets["GIT_TOKEN"] = kToken;
  const plugin::Outcome outcome = site.Prepare(server.Url("remote.git"));
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(other.requests(), Contains("/remote.git/info/refs"));
  CHECK(other.requests().find(kToken) == std::string::npos);
}

TEST_CASE("a password or a token in the address of a repository is refused and not repeated") {
  GitFixture git;
  Site site(git);
  const std::string url = GENERATE(
      "https://somebody:s3cret@git.example.com/shop.git", "https://s3cret:@git.example.com/shop.git",
      "ssh://s3cret:@git.example.com/shop.git", "https://somebody:s3cret::x@git.example.com/shop.git",
      "https://ghp_s3cret@git.example.com/shop.git");
  for (const Json& input : {Site::PrepareInput(url), Json{{"repo", url}, {"reach", true}}}) {
    const plugin::Outcome outcome =
        site.Call(input.contains("id") ? MAMC_WORKSPACE_PREPARE : MAMC_VERB_SELFTEST, input);
    CHECK(outcome.code == Code::kInvalid);
    CHECK_THAT(outcome.Message(), Contains("the repository at git.example.com") && Contains("GIT_TOKEN"));
    CHECK(outcome.json.find("s3cret") == std::string::npos);
  }
  CHECK_FALSE(fs::exists(git.project_base()));
}

TEST_CASE("the user's credential helper is asked outside of the working tree") {
  GitFixture git;
  GitHttpServer server(git.root(), {"--token", kToken});
  const fs::path helper = git.root() / "helper";
  WriteText(helper, "#!/bin/sh\npwd > '" + (git.root() / "asked in").string() +
                        "'\ntest \"$1\" = get && printf 'username=me\\npassword=" + kToken + "\\n'\n");
  fs::permissions(helper, fs::perms::owner_all);
  WriteText(git.root() / "config", "[credential]\n\thelper = \"!'" + helper.string() + "'\"\n");
  Variable config("GIT_CONFIG_GLOBAL", (git.root() / "config").string());
  Site site(git);
  site.RoundTrip(git, server.Url("remote.git"));
  CHECK_THAT(server.requests(), Contains(std::string("me:") + kToken));
  const std::string asked = ReadText(git.root() / "asked in");
  CHECK_THAT(asked, Catch::StartsWith(git.project_base().string()));
  CHECK(asked.find("/runs/") == std::string::npos);
}

TEST_CASE("the protocols file and git are fetched from and pushed to") {
  GitFixture git;
  Site site(git);
  SECTION("file") {
    site.RoundTrip(git, "file://" + git.remote().string());
  }
  SECTION("git") {
    GitDaemon daemon(git.root());
    site.RoundTrip(git, daemon.Url("remote.git"));
  }
}

TEST_CASE("a server that accepts and is silent is given up with words") {
  GitFixture git;
  SilentServer server;
  const std::string scheme = GENERATE("ssh", "http");
  Site site(git, {{"silence_limit_ms", 4000}});
  const plugin::Outcome outcome = site.Prepare(SilentUrl(server, scheme));
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Contains("cannot fetch from " + SilentUrl(server, scheme)));
  CHECK_THAT(outcome.Message(), Contains(scheme == "ssh" ? "timed out" : "too slow"));
}

TEST_CASE(
    "a fetch that does not end is stopped with all its processes when it is cancelled or its time is up") {
  GitFixture git;
  SshServer ssh;
  SilentServer silent;
  const bool cancel = GENERATE(true, false);
  // Nothing of theirs would ever end these two.
  const std::string url = cancel ? ssh.Url(git.remote()) : SilentUrl(silent, "git");
  if (cancel) ssh.Stop();
  Json settings = SshSettings(ssh);
  settings["silence_limit_ms"] = 3'600'000;
  settings["time_limit_ms"] = 90'000;
  Site site(git, settings);
  const std::string mark = git.project_base().string();
  DrivenCall call = site.driver.Start(MAMC_WORKSPACE_PREPARE, Site::PrepareInput(url));
  const std::string program = cancel ? "git-upload-pack" : "fetch --prune";
  const std::string where = cancel ? std::to_string(ssh.port()) : mark;
  CHECK(Within30s([&] {
    call.completed();  // runs what is ready
    const auto running = ProcessesWith(program);
    return std::any_of(running.begin(), running.end(),
                       [&](const std::string& words) { return words.find(where) != std::string::npos; });
  }));
  if (cancel)
    call.Cancel();
  else
    site.driver.loop().Advance(Milliseconds(90'000));
  const plugin::Outcome outcome = call.Wait();
  CHECK_FALSE(call.abandoned());
  if (cancel) {
    CHECK(outcome.code == Code::kCancelled);
  } else {
    CHECK(outcome.code == Code::kTimeout);
    CHECK_THAT(outcome.Message(), Contains("did not end within 90 s (workspaces.git.time_limit_ms)"));
  }
  CHECK(Within30s([&] {
    site.driver.loop().RunReady();
    return ProcessesWith(mark).empty() && ProcessesWith("-p " + std::to_string(ssh.port())).empty();
  }));
}
