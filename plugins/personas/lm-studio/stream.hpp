// One question to one server: sends it, watches its clocks and gathers the answer.
#pragma once
#include "answer.hpp"
#include "endpoint.hpp"

namespace lm_studio {

constexpr const char* kChatPath = "/v1/chat/completions";

// The result of ASK. Throws AskFailure; `answer` tells then how far it had come.
Json Stream(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context,
            const Json& body, const Deadline& deadline, Answer& answer);

}  // namespace lm_studio
