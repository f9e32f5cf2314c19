// What a failed fetch or push means for the settings of this machine. It is looked up only after the failure.
#include <sodium.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "address.hpp"
#include "credentials.hpp"
#include "mamc/base/text.hpp"
#include "mamc/git/remote.hpp"

namespace mamc::git {

namespace fs = std::filesystem;
using sdk::Json;

namespace {

// The rest of the first line that begins so.
std::string After(const std::string& text, const std::string& begin) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(begin)) return line.substr(begin.size());
  return {};
}

// As ssh writes it: SHA256 in base64 without padding.
std::string Fingerprint(const std::string& key_base64) {
  std::string key(key_base64.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), key_base64.data(),
                        key_base64.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    return {};
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(key.data()), size);
  char text[64];
  return "SHA256:" + std::string(sodium_bin2base64(text, sizeof text, digest, sizeof digest,
                                                   sodium_base64_VARIANT_ORIGINAL_NO_PADDING));
}

struct HostKey {
  std::string line, fingerprint;  // "host type key"
};

// The one that ssh would take of those that a scan has found. What a server says is not taken at its word.
HostKey BestKey(const std::string& scanned) {
  HostKey best;
  std::istringstream lines(scanned);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string host, type, key, more;
    if (!(words >> host >> type >> key) || words >> more || host[0] == '#') continue;
    const std::string fingerprint = Fingerprint(key);
    if (fingerprint.empty() || (!best.line.empty() && type != "ssh-ed25519")) continue;
    best = {host + " " + type + " " + key, fingerprint};
  }
  return best;
}

std::vector<std::string> SshTarget(const RemoteAddress& address) {
  std::vector<std::string> words;
  if (!address.port.empty()) words = {"-p", address.port};
  words.push_back(address.host);
  return words;
}

}  // namespace

sdk::Task<std::string> Remote::Advice(std::string words) {
  const RemoteAddress address = AddressOf(remote_);
  if (address.is_http() && (Contains(words, "Authentication failed") || Contains(words, "could not read") ||
                            Contains(words, "error: 401") || Contains(words, "error: 403")))
    co_return TokenAdvice();
  if (address.is_ssh() && Contains(words, "Host key verification failed"))
    co_return co_await HostKeyAdvice(std::move(words));
  if (address.is_ssh() && Contains(words, "Permission denied (")) co_return co_await SshKeyAdvice();
  if (Contains(words, mirror_.string() + "'") || Contains(words, mirror_.string() + "/") ||
      Contains(words, "bad object refs/") || Contains(words, "reference broken"))
    co_return HowToRemakeMirror();
  co_return "";
}

// What a power failure or a full disk has left.
std::string Remote::HowToRemakeMirror() const {
  return "\nThat is this machine's copy of the repository. Nothing is in it alone but commits that could not "
         "be "
         "pushed. When it is damaged, move it away while nothing runs; it is made anew:\n  mv " +
         ShellWord(mirror_.string()) + " " + ShellWord(mirror_.string() + ".damaged");
}

std::string Remote::TokenAdvice() {
  const RemoteAddress address = AddressOf(remote_);
  const Credentials credentials = CredentialsFor(context_, access_, address);
  if (credentials.token)
    return "\nGIT_TOKEN was sent to " + address.host +
           ": is it the right one, still valid, and for this repository?";
  if (credentials.token_unused)
    return "\nGIT_TOKEN is set, but goes only to the servers that workspaces.git.token_hosts names: add " +
           (address.scheme == "https" ? address.host : address.Origin()) + " there";
  return "\nSet GIT_TOKEN and name the server in workspaces.git.token_hosts, or give git a credential helper";
}

// Names, port and files as ssh's own configuration resolves them.
sdk::Task<std::string> Remote::HostKeyAdvice(std::string words) {
  const RemoteAddress address = AddressOf(remote_);
  std::vector<std::string> ask = {"ssh", "-G"};
  for (std::string& word : SshTarget(address)) ask.push_back(std::move(word));
  Json resolved = co_await Spawn(std::move(ask), Json::object());
  const std::string config = resolved.value("stdout", "");
  const std::string host = After(config, "hostname "), port = After(config, "port ");
  if (host.empty() || port.empty()) co_return "";
  std::string file = access_.known_hosts;
  if (file.empty()) file = After(config, "userknownhostsfile ");
  file = file.substr(0, access_.known_hosts.empty() ? file.find(' ') : std::string::npos);
  if (file.starts_with("~/"))
    if (const char* home = std::getenv("HOME")) file = home + file.substr(1);

  std::vector<std::string> scan = {"ssh-keyscan", "-T", "10", "-p", port, "--", host};
  Json scanned = co_await Spawn(std::move(scan), Json::object());
  const HostKey key = BestKey(scanned.value("stdout", ""));
  const bool changed = Contains(words, "IDENTIFICATION HAS CHANGED");
  std::string advice =
      changed ? "\nThe server shows another key than the one that is known: somebody may be in between"
              : "\nThe server's key is not known here";
  if (key.line.empty()) co_return advice + ": add it to " + file;
  const std::string name = key.line.substr(0, key.line.find(' '));
  advice += ". Ask who runs it whether its fingerprint is " + key.fingerprint + "; only if so, ";
  if (changed) advice += "run\n  ssh-keygen -R " + ShellWord(name) + " -f " + ShellWord(file) + "\nand ";
  co_return advice + "add this line to " + file + ":\n  " + key.line;
}

sdk::Task<std::string> Remote::SshKeyAdvice() {
  const std::string& key = access_.ssh_key;
  if (key.empty())
    co_return "\nThe server takes no key that ssh has: add one to the ssh agent, or name a file in "
              "workspaces.git.ssh_key";
  const std::string setting = "\nworkspaces.git.ssh_key: ";
  std::error_code error;
  if (!fs::exists(key, error)) co_return setting + "there is no file " + key;
  if ((fs::status(key, error).permissions() & (fs::perms::group_all | fs::perms::others_all)) !=
      fs::perms::none)
    co_return setting + "ssh does not use " + key + " while others may read it: chmod 600 " + ShellWord(key);

  const Credentials credentials = CredentialsFor(context_, access_, AddressOf(remote_));
  std::vector<std::string> open = {"ssh-keygen", "-y", "-f", key};
  if (!credentials.passphrase) open.insert(open.end(), {"-P", ""});
  Json env = PassphraseEnvironment(credentials, mirror_.parent_path());
  Json opened = co_await Spawn(std::move(open), std::move(env));
  const std::string said = opened.value("stderr", "");
  if (Contains(said, "incorrect passphrase"))
    co_return setting + (credentials.passphrase ? "the passphrase in GIT_SSH_PASSPHRASE does not open " + key
                                                : key + " has a passphrase: set GIT_SSH_PASSPHRASE");
  if (opened.value("exit_code", Json()) != 0)
    co_return setting + key + " is no private key that ssh can read: " + said.substr(0, said.find('\n'));
  co_return setting + "the server does not take the key " + key +
      ": is its public half there, for this account?";
}

}  // namespace mamc::git
