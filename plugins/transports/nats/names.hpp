// From names, which are any text, to what a NATS server takes as subject, stream and consumer. Thread-safe.
#pragma once
#include <string>
#include <string_view>

namespace nats_transport {

// One token of a subject: letters, digits, '-', '_' and ':' stand as they are, any other byte is '=' and two
// hexadecimal digits (upper case). Two names never give the same token.
std::string Token(std::string_view name);

// The same for what is also a folder of the server (a stream, a consumer): a token that would be too long for
// one is cut, and "==" and the SHA-256 of the name stand behind it.
std::string StorageName(std::string_view name);

}  // namespace nats_transport
