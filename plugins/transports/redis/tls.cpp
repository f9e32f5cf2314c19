#include "tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace redis_transport {
namespace {

using mamc::sdk::Failure;

std::string LastError() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "the connection ended";
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "error " + std::to_string(code) : reason;
}

[[noreturn]] void RefuseFile(const char* setting, const std::string& file) {
  throw Failure(MAMC_E_INVALID, "The file " + file + " (transports.redis." + setting +
                                    ") cannot be used: " + LastError() + ".");
}

bool IsIpAddress(const std::string& host) {
  unsigned char buffer[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, host.c_str(), buffer) == 1 || ::inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

}  // namespace

void Tls::Freed::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}
void Tls::Freed::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

Tls::Tls(const Address& address) : context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw Failure(MAMC_E_LIMIT, "not enough memory for a TLS session");
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  const TlsFiles& files = address.tls_files;
  if (files.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context_.get());
  } else if (SSL_CTX_load_verify_locations(context_.get(), files.ca.c_str(), nullptr) != 1) {
    RefuseFile("tls_ca_file", files.ca);
  }
  if (!files.certificate.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context_.get(), files.certificate.c_str()) != 1)
      RefuseFile("tls_cert_file", files.certificate);
    if (SSL_CTX_use_PrivateKey_file(context_.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1)
      RefuseFile("tls_key_file", files.key);
  }

  ssl_.reset(SSL_new(context_.get()));
  if (!ssl_) throw Failure(MAMC_E_LIMIT, "not enough memory for a TLS session");
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_.get());
  if (IsIpAddress(address.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), address.host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl_.get(), address.host.c_str());
    SSL_set1_host(ssl_.get(), address.host.c_str());
  }
  Advance();
}

Tls::~Tls() = default;

bool Tls::Receive(std::string_view wire, std::string& plain) {
  BIO_write(SSL_get_rbio(ssl_.get()), wire.data(), static_cast<int>(wire.size()));
  if (!Advance()) return false;
  char buffer[16 * 1024];
  for (;;) {
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), buffer, sizeof buffer);
    if (got <= 0) return Fail(got);
    plain.append(buffer, static_cast<std::size_t>(got));
  }
}

bool Tls::Send(std::string_view plain) {
  unsent_ += plain;
  return Advance();
}

std::string Tls::TakeWire() {
  BIO* out = SSL_get_wbio(ssl_.get());
  std::string wire(BIO_ctrl_pending(out), '\0');
  if (!wire.empty()) BIO_read(out, wire.data(), static_cast<int>(wire.size()));
  return wire;
}

// Goes on with the handshake, then encrypts what waits. Memory takes everything: a write is never in part.
bool Tls::Advance() {
  ERR_clear_error();
  if (!SSL_is_init_finished(ssl_.get())) {
    const int done = SSL_do_handshake(ssl_.get());
    if (done != 1) return Fail(done);
  }
  if (unsent_.empty()) return true;
  const int sent = SSL_write(ssl_.get(), unsent_.data(), static_cast<int>(unsent_.size()));
  if (sent <= 0) return Fail(sent);
  unsent_.clear();
  return true;
}

// True when the session only waits for more bytes.
bool Tls::Fail(int result) {
  const int kind = SSL_get_error(ssl_.get(), result);
  if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) return true;
  const long verified = SSL_get_verify_result(ssl_.get());
  error_ = verified != X509_V_OK ? X509_verify_cert_error_string(verified) : LastError();
  return false;
}

}  // namespace redis_transport
