// What a server says about its models, by the first of its paths that it knows.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "endpoint.hpp"

namespace lm_studio {

// A loaded instance of a model, or a model that is not loaded.
struct Model {
  std::string id;   // what a question names
  std::string key;  // of the model: several instances have the same
  bool loaded = false;
  std::int64_t context_tokens = 0;      // of the loaded instance; 0: not told
  std::int64_t max_context_tokens = 0;  // what it could be loaded with; 0: not told
  std::int64_t parallel = 0;            // questions at a time; 0: not told
};

enum class Api {
  kLmStudioV1,  // 0.4 and later: loads models when told to
  kLmStudioV0,  // 0.3.6 and later
  kOpenAi,      // anything else: what is listed is loaded, as far as it says
};

struct Listing {
  Api api = Api::kOpenAi;
  std::vector<Model> models;
};

// Asks the server. `patience`: for the first byte of each path, when less than its time-outs.
Listing ListModels(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context,
                   const Deadline& deadline, Milliseconds patience);

// Whether the question's model is the one that `id` names: copies are numbered (m:2), a publisher stands
// before it (who/m), a variant behind it (m@q4).
bool IsSameModel(const std::string& asked, const std::string& id);

}  // namespace lm_studio
