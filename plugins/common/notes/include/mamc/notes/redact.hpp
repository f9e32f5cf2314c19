// Secrets in texts: taken out before they are committed, or found in what somebody wants to commit.
#pragma once
#include <string>
#include <string_view>

namespace mamc::notes {

// Private keys, passwords in URLs, tokens of known makes, and the values behind names such as `password=` or
// `"api_key":`. What it takes out reads "[redacted]". A text of its own making comes out as it is.
std::string Redacted(std::string_view text);

// Whether a line of code holds what can hardly be anything else: a private key, a token of a known make, a
// password in a URL; `with_named`: also a quoted value of letters and digits behind such a name.
bool HoldsSecret(std::string_view line, bool with_named);

}  // namespace mamc::notes
