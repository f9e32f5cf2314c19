#include "trouble.hpp"

#include <charconv>
#include <initializer_list>
#include <string_view>

#include "endpoint.hpp"

namespace lm_studio {
namespace {

using mamc::http::Problem;
using mamc::http::ShownUrl;

struct Kind {
  Trouble trouble;
  const char* name;
  mamc_code code;
};

// UNAVAILABLE: it was not asked, so the host waits for it. TIMEOUT: it took the question and did not answer,
// so the attempt counts. FAILED: asking again would not change it.
constexpr Kind kKinds[] = {
    {Trouble::kUnreachable, "Unreachable", MAMC_E_UNAVAILABLE},
    {Trouble::kBusy, "Busy", MAMC_E_UNAVAILABLE},
    {Trouble::kAuth, "Auth", MAMC_E_PERMISSION},
    {Trouble::kBadFormat, "BadFormat", MAMC_E_FAILED},
    {Trouble::kBadUrl, "BadUrl", MAMC_E_FAILED},
    {Trouble::kBadRequest, "BadRequest", MAMC_E_FAILED},
    {Trouble::kNotLoaded, "NotLoaded", MAMC_E_FAILED},
    {Trouble::kNoSuchModel, "NoSuchModel", MAMC_E_FAILED},
    {Trouble::kNoMemory, "NoMemory", MAMC_E_FAILED},
    {Trouble::kContextOverflow, "ContextOverflow", MAMC_E_FAILED},
    {Trouble::kModelCrashed, "ModelCrashed", MAMC_E_TIMEOUT},
    {Trouble::kServerError, "ServerError", MAMC_E_TIMEOUT},
    {Trouble::kTruncated, "Truncated", MAMC_E_TIMEOUT},
    {Trouble::kTimeout, "Timeout", MAMC_E_TIMEOUT},
    {Trouble::kLost, "Lost", MAMC_E_TIMEOUT},
    {Trouble::kMalformed, "Malformed", MAMC_E_TIMEOUT},
    {Trouble::kRepetition, "Repetition", MAMC_E_TIMEOUT},
    {Trouble::kEmptyAnswer, "EmptyAnswer", MAMC_E_FAILED},
    {Trouble::kCircuitOpen, "CircuitOpen", MAMC_E_UNAVAILABLE},
    {Trouble::kRefused, "Refused", MAMC_E_FAILED},
    {Trouble::kCancelled, "Cancelled", MAMC_E_CANCELLED},
};

const Kind& KindOf(Trouble trouble) {
  for (const Kind& kind : kKinds)
    if (kind.trouble == trouble) return kind;
  return kKinds[0];  // not reached: every trouble is in the table
}

Json WithClass(Json details, Trouble trouble) {
  details["class"] = NameOf(trouble);
  return details;
}

bool Holds(std::string_view text, std::initializer_list<std::string_view> signs) {
  for (const std::string_view sign : signs)
    if (text.find(sign) != std::string_view::npos) return true;
  return false;
}

std::string Shown(const std::string& words) {
  constexpr std::size_t kShown = 1000;
  return words.size() <= kShown ? words : words.substr(0, kShown) + "...";
}

// "7" seconds; a date is not worth the trouble: the host has a back-off of its own.
Json RetryAfterMs(const std::string& header) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  constexpr std::int64_t kLongestSeconds = 24 * 60 * 60;
  const bool good = error == std::errc{} && end == header.data() + header.size() && seconds >= 0 &&
                    seconds <= kLongestSeconds;
  return good ? Json(seconds * 1000) : Json();
}

bool SaysModelIsGone(std::string_view words) {
  return Holds(words, {"model has crashed", "Model unloaded", "Channel Error", "Model reloaded"});
}

bool SaysNoMemory(std::string_view words) {
  return Holds(words, {"insufficient system resources", "insufficient memory", "not enough memory",
                       "requires more system memory"});
}

bool SaysNotLoaded(std::string_view words) {
  return Holds(words, {"No models loaded", "No model loaded", "is not loaded", "not currently loaded"});
}

bool SaysNoSuchModel(const Json& body, std::string_view words) {
  const Json error = Member(body, "error");
  return TextOf(error, "code") == "model_not_found" || TextOf(error, "type") == "model_not_found" ||
         (Holds(words, {"model", "Model"}) && Holds(words, {"not found", "does not exist"}));
}

// What the words say counts before what the status says: servers agree on neither.
Trouble ByWords(const Json& body, std::string_view words) {
  if (SaysNoMemory(words)) return Trouble::kNoMemory;
  if (SaysNotLoaded(words)) return Trouble::kNotLoaded;
  if (SaysModelIsGone(words)) return Trouble::kModelCrashed;
  if (words.find("Unexpected endpoint") != std::string_view::npos) return Trouble::kBadUrl;
  return SaysNoSuchModel(body, words) ? Trouble::kNoSuchModel : Trouble::kBadRequest;
}

// Busy, starting, or a proxy whose server is away: it passes without us. Any other error of the server may be
// the question's doing: it took it and did not answer.
Trouble ByStatus(int status) {
  for (const int away : {408, 429, 502, 503, 504})
    if (status == away) return Trouble::kBusy;
  return status >= 500 ? Trouble::kServerError : Trouble::kBadRequest;
}

Trouble TroubleOf(const Refusal& refusal, const Json& body, const std::string& words) {
  if (refusal.status == 401 || refusal.status == 403) return Trouble::kAuth;
  const Trouble told = ByWords(body, words);
  if (told != Trouble::kBadRequest) return told;
  const bool about_format = Holds(words, {"response_format", "json_schema", "grammar"});
  if (about_format && refusal.status < 500) return Trouble::kBadFormat;
  return ByStatus(refusal.status);
}

// Asking again with the same token would not change it: a person has to.
std::string TokenAdvice(mamc::sdk::Context& context) {
  const std::string name = kTokenName;
  const std::string what = context.Secret(kTokenName)
                               ? "The token in " + name + " is refused; set " + name
                               : "No token was sent, since " + name + " is not set; set it";
  return what + ", in the environment or in .env, to a token that this server takes.";
}

std::string AdviceFor(Trouble trouble, mamc::sdk::Context& context) {
  switch (trouble) {
    case Trouble::kAuth:
      return TokenAdvice(context);
    case Trouble::kBadUrl:
      return "backends.lm-studio.base_url is the address of the server alone, as in http://192.0.2.10:1234.";
    case Trouble::kNotLoaded:
      return "Load the model there, or name one that is loaded in personas.<id>.model.";
    case Trouble::kNoSuchModel:
      return "Name a model of that server in personas.<id>.model, or download this one there.";
    case Trouble::kNoMemory:
      return "Unload other models there, choose a smaller one, or set backends.lm-studio.context_length to "
             "less.";
    default:
      return "";
  }
}

std::string OverflowSentence(const Overflow& overflow) {
  const bool counted = overflow.need_tokens > 0 && overflow.have_tokens > 0;
  const std::string what = counted ? "The prompt has " + std::to_string(overflow.need_tokens) +
                                         " tokens and the model is loaded with " +
                                         std::to_string(overflow.have_tokens) + ": load"
                                   : "The prompt does not fit into the context of the loaded model: load";
  return what +
         " it with a larger context (in the server, or by backends.lm-studio.context_length), or make the "
         "task smaller.";
}

Json CountsOf(const Overflow& overflow) {
  Json counts = Json::object();
  if (overflow.need_tokens > 0) counts["need_tokens"] = overflow.need_tokens;
  if (overflow.have_tokens > 0) counts["have_tokens"] = overflow.have_tokens;
  return counts;
}

std::string Sentence(const Refusal& refusal, const std::string& words, const std::string& url) {
  const std::string said = Shown(words.empty() ? refusal.body : words);
  if (refusal.status == 200) return ShownUrl(url) + " failed: " + said;
  return ShownUrl(url) + " answered with status " + std::to_string(refusal.status) + ": " + said;
}

std::string Joined(const std::string& sentence, const std::string& advice) {
  if (advice.empty()) return sentence;
  return sentence + (sentence.ends_with('.') ? " " : ". ") + advice;
}

}  // namespace

const char* NameOf(Trouble trouble) {
  return KindOf(trouble).name;
}

AskFailure::AskFailure(Trouble trouble, const std::string& sentence, Json details)
    : Failure(KindOf(trouble).code, sentence, WithClass(std::move(details), trouble)), trouble_(trouble) {}

AskFailure Cancelled() {
  return {Trouble::kCancelled, "The question was cancelled."};
}

AskFailure FailureOf(const mamc::http::End& end) {
  switch (end.problem) {
    case Problem::kTimeout:
      return {Trouble::kTimeout, end.message};
    case Problem::kBrokeOff:
      return {Trouble::kTruncated, end.message};
    case Problem::kCancelled:
      return Cancelled();
    case Problem::kRefused:
      return {Trouble::kRefused, end.message};
    default:
      return {Trouble::kUnreachable,
              end.message + " Is the server running, and is backends.lm-studio.base_url right?"};
  }
}

AskFailure FailureOf(const Refusal& refusal, const std::string& url, mamc::sdk::Context& context) {
  const Json body = Json::parse(refusal.body, nullptr, false);
  const std::string words = ErrorText(body);
  const std::string& text = words.empty() ? refusal.body : words;
  const std::string sentence = Sentence(refusal, words, url);
  Json details = Json::object();
  if (refusal.status != 200) details["status"] = refusal.status;
  if (const Json wait = RetryAfterMs(refusal.retry_after); !wait.is_null()) details["retry_after_ms"] = wait;
  if (const auto overflow = FindOverflow(body, text)) {
    details.update(CountsOf(*overflow));
    return {Trouble::kContextOverflow, Joined(sentence, OverflowSentence(*overflow)), details};
  }
  const Trouble trouble = TroubleOf(refusal, body, text);
  return {trouble, Joined(sentence, AdviceFor(trouble, context)), details};
}

AskFailure TooLong(const Overflow& overflow, const std::string& url) {
  return {Trouble::kContextOverflow, ShownUrl(url) + " was not asked. " + OverflowSentence(overflow),
          CountsOf(overflow)};
}

std::string ErrorText(const Json& body) {
  if (!body.is_object()) return "";
  const Json error = Member(body, "error");
  if (error.is_string()) return error.get<std::string>();
  const Json& holder = error.is_object() ? error : body;
  if (const Json message = Member(holder, "message"); message.is_string()) return message.get<std::string>();
  return error.is_null() ? "" : Written(error);
}

}  // namespace lm_studio
