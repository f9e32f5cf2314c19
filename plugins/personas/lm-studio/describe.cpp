#include "describe.hpp"

#include <algorithm>

namespace lm_studio {
namespace {

using mamc::http::Exchange;
using mamc::http::Problem;
using mamc::sdk::Context;
using mamc::sdk::Failure;

constexpr std::size_t kMaxListBytes = std::size_t{8} << 20;

Json Member(const Json& object, const char* name) {
  return object.is_object() ? object.value(name, Json()) : Json();
}

void SetNumber(Json& model, const char* name, const Json& value) {
  if (value.is_number_integer() && value.get<std::int64_t>() > 0) model[name] = value;
}

Json Model(const Json& id, bool loaded, const Json& context_length, const Json& slots = {}) {
  Json model = {{"id", id}, {"loaded", loaded}};
  SetNumber(model, "context_length", context_length);
  SetNumber(model, "slots", slots);
  return model;
}

// LM Studio from 0.4: every loaded instance has an id, a context and slots of its own.
void AddFromV1Api(Json& models, const Json& entry) {
  if (Member(entry, "type") == "embedding" || Member(entry, "type") == "embeddings") return;
  const Json instances = Member(entry, "loaded_instances");
  if (!instances.is_array() || instances.empty()) {
    if (Member(entry, "key").is_string()) models.push_back(Model(entry["key"], false, {}));
    return;
  }
  for (const Json& instance : instances) {
    const Json config = Member(instance, "config");
    const Json id = Member(instance, "id");
    models.push_back(Model(id.is_string() ? id : Member(entry, "key"), true, Member(config, "context_length"),
                           Member(config, "parallel")));
  }
}

// LM Studio from 0.3.6.
void AddFromV0Api(Json& models, const Json& entry) {
  if (Member(entry, "type") == "embeddings" || !Member(entry, "id").is_string()) return;
  models.push_back(
      Model(entry["id"], Member(entry, "state") == "loaded", Member(entry, "loaded_context_length")));
}

// Any other server: what it lists it serves. vLLM says how much fits.
void AddFromOpenAi(Json& models, const Json& entry) {
  if (!Member(entry, "id").is_string()) return;
  models.push_back(Model(entry["id"], true, Member(entry, "max_model_len")));
}

struct Listing {
  const char* path;
  const char* list;
  void (*add)(Json& models, const Json& entry);
};

constexpr Listing kListings[] = {
    {"/api/v1/models", "models", &AddFromV1Api},
    {"/api/v0/models", "data", &AddFromV0Api},
    {"/v1/models", "data", &AddFromOpenAi},
};

// The models, or nothing when this server does not know the path.
std::optional<Json> TryListing(mamc::http::Client& client, const Endpoint& endpoint, Context& context,
                               const Listing& listing, std::string& refusal) {
  mamc::http::Request request = endpoint.To(listing.path, context);
  // No model has to be loaded for a list: who is there says so as soon as he is reached.
  request.first_byte_timeout = std::min(request.first_byte_timeout, request.connect_timeout);
  Exchange exchange(client, request);
  const std::stop_token stop = context.stop_token();
  const mamc::http::Head* head = exchange.WaitHead(stop);
  if (head == nullptr) throw FailureOf(exchange.end(), request.url);
  const std::string body = exchange.Rest(kMaxListBytes, stop);
  if (stop.stop_requested() || exchange.end().problem != Problem::kNone)
    throw FailureOf(exchange.end(), request.url);
  // A server that wants a token, or is in trouble, would say the same on an older path with less to tell. One
  // that forbids this path alone may allow another.
  if (head->status == 401 || head->status == 429 || head->status >= 500)
    throw FailureOf(*head, body, request.url, context);

  const Json list = Member(Json::parse(body, nullptr, false), listing.list);
  if (head->status != 200 || !list.is_array()) {
    refusal = FailureOf(*head, body, request.url, context).message();
    return std::nullopt;
  }
  Json models = Json::array();
  for (const Json& entry : list) listing.add(models, entry);
  return models;
}

}  // namespace

Json Describe(mamc::http::Client& client, const Endpoint& endpoint, Context& context) {
  std::string refusal;
  for (const Listing& listing : kListings) {
    if (auto models = TryListing(client, endpoint, context, listing, refusal))
      return {{"models", std::move(*models)}, {"endpoint", endpoint.base()}};
  }
  throw Failure(MAMC_E_FAILED, "No list of models was found at " + mamc::http::ShownUrl(endpoint.base()) +
                                   ". The last try: " + refusal);
}

}  // namespace lm_studio
