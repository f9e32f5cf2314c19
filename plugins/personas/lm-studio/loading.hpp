// Loads models before they are asked: what a server loads for a question by itself has a small context, and
// goes when another model is asked for.
#pragma once
#include "server.hpp"

namespace lm_studio {

// Has the model loaded, by this call or by one that was there before. False: this server loads none when
// told to. Throws when the model cannot be loaded.
bool LoadModel(mamc::http::Client& client, Server& server, mamc::sdk::Context& context, const Model& model,
               const Deadline& deadline);

// Has a loaded instance loaded anew with a larger context. False and throws as above.
bool ReloadModel(mamc::http::Client& client, Server& server, mamc::sdk::Context& context, const Model& model,
                 std::int64_t context_tokens, const Deadline& deadline);

}  // namespace lm_studio
