#include "overflow.hpp"

#include <cctype>
#include <charconv>
#include <string_view>

namespace lm_studio {
namespace {

struct Shape {
  std::string_view sign;  // in the message
  std::string_view need;  // the number behind it is that of the prompt's tokens
  std::string_view have;  // and that of those which fit
};

// The first whose sign is found counts.
constexpr Shape kShapes[] = {
    // LM Studio
    {"does not fit in context length", "input has", "only supports"},
    {"Trying to keep the first", "keep the first", "context length of only"},
    {"greater than the context length", "n_keep:", "n_ctx:"},
    // llama.cpp
    {"the available context size", "request (", "context size ("},
    // vLLM, and what follows OpenAI
    {"maximum context length", "you requested", "maximum context length is"},
    {"maximum context length", "request has", "maximum context length is"},
    {"maximum context length", "resulted in", "maximum context length is"},
    {"prompt is too long", "too long:", ">"},
    {"exceeds the context", "", ""},
    {"exceeds context", "", ""},
    {"context length exceeded", "", ""},
    {"context window", "", ""},
};

// The number that stands right behind `mark`, maybe after a sign or two.
std::int64_t NumberAfter(std::string_view text, std::string_view mark) {
  constexpr std::size_t kFarthest = 8;
  if (mark.empty()) return 0;
  const std::size_t found = text.find(mark);
  if (found == std::string_view::npos) return 0;
  text.remove_prefix(found + mark.size());
  const std::size_t digit = text.find_first_of("0123456789");
  if (digit > kFarthest) return 0;
  std::int64_t number = 0;
  std::from_chars(text.data() + digit, text.data() + text.size(), number);
  return number;
}

std::optional<Overflow> ByStructure(const Json& error) {
  const bool named = TextOf(error, "type") == "exceed_context_size_error" ||
                     TextOf(error, "code") == "context_length_exceeded" ||
                     TextOf(error, "type") == "context_length_exceeded";
  if (!named) return std::nullopt;
  return Overflow{CountOf(error, "n_prompt_tokens"), CountOf(error, "n_ctx")};
}

std::optional<Overflow> ByWords(std::string_view words) {
  std::optional<Overflow> overflow;
  for (const Shape& shape : kShapes) {
    if (words.find(shape.sign) == std::string_view::npos) continue;
    overflow = Overflow{NumberAfter(words, shape.need), NumberAfter(words, shape.have)};
    if (overflow->need_tokens > 0) break;
  }
  return overflow;
}

}  // namespace

std::optional<Overflow> FindOverflow(const Json& body, const std::string& words) {
  const std::optional<Overflow> named = ByStructure(Member(body, "error"));
  if (named && named->need_tokens > 0) return named;
  const std::optional<Overflow> told = ByWords(words);
  return told ? told : named;
}

}  // namespace lm_studio
