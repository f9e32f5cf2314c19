// What the program git is told about who we are, without a word of it among its arguments: the token and the
// passphrase travel in its environment.
#pragma once
#include <filesystem>
#include <mamc/cpp/context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "address.hpp"
#include "mamc/git/access.hpp"

namespace mamc::git {

struct Credentials {
  std::optional<std::string> token;       // the host gets it
  bool token_unused = false;              // it is set, but nobody says that this host may have it
  std::optional<std::string> passphrase;  // of the key file
};

Credentials CredentialsFor(sdk::Context& context, const Access& access, const RemoteAddress& address);
// Arguments of git that go before its command.
std::vector<std::string> CredentialArguments(const Credentials& credentials, const RemoteAddress& address);
// `folder` takes the program that hands ssh the passphrase.
sdk::Json GitEnvironment(const Credentials& credentials, const Access& access, const RemoteAddress& address,
                         const std::filesystem::path& folder);
// With which ssh's own programs ask for the passphrase there instead of on a terminal.
sdk::Json PassphraseEnvironment(const Credentials& credentials, const std::filesystem::path& folder);
// Neither of the two in what is said.
std::string Masked(std::string text, const Credentials& credentials);

}  // namespace mamc::git
