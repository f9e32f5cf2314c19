#include "credentials.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "mamc/base/text.hpp"

namespace mamc::git {

namespace fs = std::filesystem;
using sdk::Json;

namespace {

constexpr const char* kTokenVariable = "MAMC_GIT_TOKEN";
constexpr const char* kPassphraseVariable = "MAMC_GIT_PASSPHRASE";

// Answers git's `get` from the environment.
constexpr const char* kTokenHelper =
    R"(!f() { test "$1" = get && printf 'username=%s\npassword=%s\n' "$MAMC_GIT_USER" "$MAMC_GIT_TOKEN"; }; f)";

bool MayHaveToken(const Access& access, const RemoteAddress& address) {
  return std::any_of(access.token_hosts.begin(), access.token_hosts.end(), [&](const std::string& host) {
    if (host.find("://") != std::string::npos) return host == address.Origin();
    return address.scheme == "https" && (host == address.host || "https://" + host == address.Origin());
  });
}

bool HasOwnCommand() {
  return std::getenv("GIT_SSH_COMMAND") != nullptr || std::getenv("GIT_SSH") != nullptr;
}

// A file's name as the value of an option: ssh expands % and cuts at spaces.
std::string OptionValue(const std::string& file) {
  std::string value;
  for (char c : file) value += c == '%' ? "%%" : std::string(1, c);
  return "\"" + value + "\"";
}

std::string Askpass(const fs::path& folder) {
  const fs::path file = folder / "askpass";
  if (fs::exists(file)) return file.string();
  const fs::path making = folder / "askpass.new";
  std::ofstream(making) << "#!/bin/sh\nprintf '%s\\n' \"$" << kPassphraseVariable << "\"\n";
  fs::permissions(making, fs::perms::owner_all);
  fs::rename(making, file);
  return file.string();
}

// ssh must fail instead of asking, take no host that it does not know, and give up on a silent one.
std::string SshCommand(const Credentials& credentials, const Access& access, const fs::path& folder) {
  const std::int64_t silence_s = std::max<std::int64_t>(access.silence_limit_ms / 1000, 4);
  std::string command;
  if (credentials.passphrase)
    command = "SSH_ASKPASS=" + ShellWord(Askpass(folder)) +
              " SSH_ASKPASS_REQUIRE=force ssh -oPasswordAuthentication=no -oKbdInteractiveAuthentication=no "
              "-oNumberOfPasswordPrompts=1";
  else
    command = "ssh -oBatchMode=yes";
  command += " -oStrictHostKeyChecking=yes -oConnectTimeout=" + std::to_string(silence_s / 2) +
             " -oServerAliveInterval=" + std::to_string(silence_s / 4) + " -oServerAliveCountMax=4";
  if (!access.ssh_key.empty())
    command += " -oIdentitiesOnly=yes " + ShellWord("-oIdentityFile=" + OptionValue(access.ssh_key));
  if (!access.known_hosts.empty())
    command += " " + ShellWord("-oUserKnownHostsFile=" + OptionValue(access.known_hosts)) +
               " -oGlobalKnownHostsFile=/dev/null";
  return command;
}

}  // namespace

Access AccessIn(const Json& settings) {
  Access access;
  access.ssh_key = settings.value("ssh_key", "");
  access.known_hosts = settings.value("known_hosts", "");
  access.token_hosts = settings.value("token_hosts", std::vector<std::string>());
  access.silence_limit_ms = settings.value("silence_limit_ms", access.silence_limit_ms);
  access.time_limit_ms = settings.value("time_limit_ms", access.time_limit_ms);
  return access;
}

Json SettingsOf(const Access& access) {
  return {{"ssh_key", access.ssh_key},
          {"known_hosts", access.known_hosts},
          {"token_hosts", access.token_hosts},
          {"silence_limit_ms", access.silence_limit_ms},
          {"time_limit_ms", access.time_limit_ms}};
}

Credentials CredentialsFor(sdk::Context& context, const Access& access, const RemoteAddress& address) {
  Credentials credentials;
  if (address.is_http()) {
    auto token = context.Secret("GIT_TOKEN");
    if (token && MayHaveToken(access, address))
      credentials.token = std::move(token);
    else
      credentials.token_unused = token.has_value();
  }
  if (address.is_ssh() && !access.ssh_key.empty())
    credentials.passphrase = context.Secret("GIT_SSH_PASSPHRASE");
  return credentials;
}

std::vector<std::string> CredentialArguments(const Credentials& credentials, const RemoteAddress& address) {
  if (!credentials.token) return {};
  // For this server alone, and instead of the user's helpers.
  const std::string key = "credential." + address.Origin() + ".helper=";
  return {"-c", key, "-c", key + kTokenHelper};
}

Json GitEnvironment(const Credentials& credentials, const Access& access, const RemoteAddress& address,
                    const fs::path& folder) {
  Json env = {
      {"GIT_TERMINAL_PROMPT", "0"},
      {"LC_ALL", "C"},
      {"GIT_OPTIONAL_LOCKS", "0"},
      {"GIT_HTTP_LOW_SPEED_LIMIT", "1"},
      {"GIT_HTTP_LOW_SPEED_TIME", std::to_string(std::max<std::int64_t>(access.silence_limit_ms / 1000, 1))}};
  // The user's own ssh command stands unless the settings say what to use.
  if (!HasOwnCommand() || !access.ssh_key.empty() || !access.known_hosts.empty())
    env["GIT_SSH_COMMAND"] = SshCommand(credentials, access, folder);
  if (credentials.passphrase) env[kPassphraseVariable] = *credentials.passphrase;
  if (credentials.token) {
    env[kTokenVariable] = *credentials.token;
    env["MAMC_GIT_USER"] = address.user.empty() ? "git" : address.user;
  }
  return env;
}

Json PassphraseEnvironment(const Credentials& credentials, const fs::path& folder) {
  if (!credentials.passphrase) return Json::object();
  return {{"SSH_ASKPASS", Askpass(folder)},
          {"SSH_ASKPASS_REQUIRE", "force"},
          {kPassphraseVariable, *credentials.passphrase}};
}

std::string Masked(std::string text, const Credentials& credentials) {
  for (const auto& secret : {credentials.token, credentials.passphrase}) {
    if (!secret || secret->empty()) continue;
    for (std::size_t at = 0; (at = text.find(*secret, at)) != std::string::npos; at += 3)
      text.replace(at, secret->size(), "***");
  }
  return text;
}

}  // namespace mamc::git
