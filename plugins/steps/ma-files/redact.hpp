// Takes out of a text what looks like a secret, before it is committed.
#pragma once
#include <string>
#include <string_view>

// Private keys, passwords in URLs, tokens of known makes, and the values behind names such as `password=` or
// `"api_key":`. What it takes out reads "[redacted]". A text of its own making comes out as it is.
std::string Redacted(std::string_view text);
