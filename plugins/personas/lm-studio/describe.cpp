#include "describe.hpp"

#include <algorithm>

namespace lm_studio {
namespace {

Json ToJson(const Model& model) {
  Json json = {{"id", model.id}, {"loaded", model.loaded}};
  if (model.context_tokens > 0) json["context_length"] = model.context_tokens;
  if (model.parallel > 0) json["slots"] = model.parallel;
  return json;
}

// A model that two servers have is one: loaded where one has it so, and with the context that fits both.
void Merge(Json& models, const Json& model) {
  const auto known = std::find_if(models.begin(), models.end(),
                                  [&](const Json& other) { return other["id"] == model["id"]; });
  if (known == models.end()) {
    models.push_back(model);
    return;
  }
  if (model["loaded"] != true) return;
  const std::int64_t here = CountOf(model, "context_length");
  const std::int64_t there = CountOf(*known, "context_length");
  const bool replaces = (*known)["loaded"] != true || there == 0 || (here > 0 && here < there);
  if (replaces) *known = model;
}

}  // namespace

Json DescribeServer(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context) {
  const Listing listing =
      ListModels(client, endpoint, context, DeadlineOf(context), endpoint.times().connect);
  Json models = Json::array();
  for (const Model& model : listing.models) models.push_back(ToJson(model));
  return {{"models", std::move(models)}, {"endpoint", endpoint.base()}};
}

Json Describe(mamc::http::Client& client, const Servers& servers, mamc::sdk::Context& context) {
  std::optional<mamc::sdk::Failure> first;
  Json described;
  for (const auto& server : servers.all()) {
    try {
      const Json one = DescribeServer(client, server->endpoint(), context);
      if (described.is_null()) {
        described = one;
        continue;
      }
      for (const Json& model : one["models"]) Merge(described["models"], model);
    } catch (const mamc::sdk::Failure& failure) {
      if (failure.code() == MAMC_E_CANCELLED) throw;
      if (servers.all().size() > 1) context.Log(MAMC_LOG_WARN, failure.message());
      if (!first) first = failure;
    }
  }
  if (described.is_null()) throw mamc::sdk::Failure(*first);
  return described;
}

}  // namespace lm_studio
