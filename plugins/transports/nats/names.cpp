#include "names.hpp"

#include <openssl/evp.h>

#include <mamc/cpp/plugin.hpp>

namespace nats_transport {
namespace {

constexpr std::size_t kLongest =
    180;  // a folder's name has up to 255 bytes, and ours get something behind them
constexpr std::size_t kKept = 100;
// Buckets of the server's key-value store are streams of this name.
constexpr std::string_view kBucket = "KV_";

std::string Hex(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += kDigits[byte / 16];
    hex += kDigits[byte % 16];
  }
  return hex;
}

bool IsPlain(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
         c == ':';
}

std::string Sha256(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr) != 1)
    throw mamc::sdk::Failure(MAMC_E_INTERNAL, "OpenSSL has no SHA-256.");
  return Hex({reinterpret_cast<const char*>(digest), size});
}

}  // namespace

std::string Token(std::string_view name) {
  std::string token;
  for (const char c : name) {
    if (IsPlain(static_cast<unsigned char>(c))) {
      token += c;
    } else {
      token += "=" + Hex({&c, 1});
    }
  }
  return token;
}

std::string StorageName(std::string_view name) {
  std::string token = Token(name);
  if (std::string_view(token).substr(0, kBucket.size()) == kBucket) token = "=4B" + token.substr(1);
  if (token.size() <= kLongest) return token;
  return token.substr(0, kKept) + "==" + Sha256(name);
}

}  // namespace nats_transport
