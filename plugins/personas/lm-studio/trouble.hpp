// What can go wrong with a question: each kind has a name (details: `class`), a code that tells the host
// whether to ask again, and a sentence for the operator.
#pragma once
#include <optional>
#include <string>

#include "json_fields.hpp"
#include "mamc/http/client.hpp"
#include "overflow.hpp"

namespace lm_studio {

enum class Trouble {
  kUnreachable,      // not resolved, refused, not connected in time
  kBusy,             // 408, 429, 502, 503, 504: it passes without us
  kAuth,             // the token, or that there is none
  kBadFormat,        // the schema
  kBadUrl,           // a server, but not at this path
  kBadRequest,       // anything else that asking again would not change
  kNotLoaded,        // no model, or not this one, is in memory
  kNoSuchModel,      // it is not on that machine
  kNoMemory,         // the model does not fit
  kContextOverflow,  // the prompt does not fit
  kModelCrashed,
  kServerError,
  kTruncated,    // the answer ended before its end was said
  kTimeout,      // silent or too slow
  kLost,         // the machine went away while it was to answer
  kMalformed,    // not what a chat server says
  kRepetition,   // the model says the same for ever
  kEmptyAnswer,  // nothing, or nothing but reasoning
  kCircuitOpen,  // failed too often in a row: not asked for a while
  kRefused,      // by us: a redirect, a response over its limit
  kCancelled,
};

// As `class` in the details.
const char* NameOf(Trouble trouble);

class AskFailure : public mamc::sdk::Failure {
 public:
  AskFailure(Trouble trouble, const std::string& sentence, Json details = Json::object());

  Trouble trouble() const { return trouble_; }
  // The same for another thread: copies of an exception share its words, in a library that sanitizers do not
  // see into.
  AskFailure Anew() const { return {trouble_, std::string(message()), details()}; }

 private:
  Trouble trouble_;
};

// How the connection ended. REQUIRES: it did not end well.
AskFailure FailureOf(const mamc::http::End& end);
AskFailure Cancelled();

// What a server said instead of an answer: a status that is not 200, or an error within an answer (200).
struct Refusal {
  int status = 200;
  std::string body;
  std::string retry_after;  // the header
};

AskFailure FailureOf(const Refusal& refusal, const std::string& url, mamc::sdk::Context& context);

// A prompt that was not sent at all: it does not fit into the context of the model at `url`.
AskFailure TooLong(const Overflow& overflow, const std::string& url);

// The server's words in an error body: {"error": text}, {"error": {"message": text}}, {"message": text}; ""
// when it has none.
std::string ErrorText(const Json& body);

}  // namespace lm_studio
