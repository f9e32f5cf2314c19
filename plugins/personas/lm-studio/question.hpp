// What ASK was called with, checked.
#pragma once
#include "endpoint.hpp"

namespace lm_studio {

struct Question {
  // Throws when it is none.
  explicit Question(const Json& input);

  // The request's body for `model` ("": whichever is loaded). `context_tokens`, when it is known, bounds an
  // answer whose length nothing else bounds.
  Json Body(const std::string& model, bool with_schema, std::int64_t context_tokens) const;

  Json options;
  Json messages;
  Json limits;                 // max_tokens and temperature, as far as the question says
  Json schema;                 // null: none
  std::string model;           // "": whichever is loaded
  std::int64_t prompt_tokens;  // the asker's own count of the messages; 0: it did not count
  std::int64_t reply_tokens;   // that the answer may need; 0: it does not say
  std::string pinned;          // the base of the server that the persona wants; "": any
};

}  // namespace lm_studio
