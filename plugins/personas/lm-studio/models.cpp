#include "models.hpp"

#include <algorithm>
#include <string_view>

#include "trouble.hpp"

namespace lm_studio {
namespace {

using mamc::http::Exchange;
using mamc::http::Problem;
using mamc::sdk::Failure;

constexpr std::size_t kMaxListBytes = std::size_t{8} << 20;

bool IsEmbedding(const Json& entry) {
  return TextOf(entry, "type") == "embedding" || TextOf(entry, "type") == "embeddings";
}

// Every loaded instance has an id, a context and places of its own.
void AddFromV1Api(std::vector<Model>& models, const Json& entry) {
  const std::string key = TextOf(entry, "key");
  if (IsEmbedding(entry)) return;
  const std::int64_t max_context = CountOf(entry, "max_context_length");
  const Json instances = Member(entry, "loaded_instances");
  if (!instances.is_array() || instances.empty()) {
    if (!key.empty()) models.push_back({.id = key, .key = key, .max_context_tokens = max_context});
    return;
  }
  for (const Json& instance : instances) {
    const Json config = Member(instance, "config");
    const std::string id = TextOf(instance, "id");
    models.push_back({.id = id.empty() ? key : id,
                      .key = key,
                      .loaded = true,
                      .context_tokens = CountOf(config, "context_length"),
                      .max_context_tokens = max_context,
                      .parallel = CountOf(config, "parallel")});
  }
}

void AddFromV0Api(std::vector<Model>& models, const Json& entry) {
  const std::string id = TextOf(entry, "id");
  if (IsEmbedding(entry) || id.empty()) return;
  models.push_back({.id = id,
                    .key = id,
                    .loaded = TextOf(entry, "state") == "loaded",
                    .context_tokens = CountOf(entry, "loaded_context_length"),
                    .max_context_tokens = CountOf(entry, "max_context_length")});
}

// vLLM says how much fits.
void AddFromOpenAi(std::vector<Model>& models, const Json& entry) {
  const std::string id = TextOf(entry, "id");
  if (id.empty()) return;
  models.push_back({.id = id, .key = id, .loaded = true, .context_tokens = CountOf(entry, "max_model_len")});
}

struct Path {
  Api api;
  const char* path;
  const char* list;
  void (*add)(std::vector<Model>& models, const Json& entry);
};

constexpr Path kPaths[] = {
    {Api::kLmStudioV1, "/api/v1/models", "models", &AddFromV1Api},
    {Api::kLmStudioV0, "/api/v0/models", "data", &AddFromV0Api},
    {Api::kOpenAi, "/v1/models", "data", &AddFromOpenAi},
};

// The models, or nothing when this server does not know the path.
std::optional<Listing> TryPath(mamc::http::Client& client, const mamc::http::Request& request,
                               mamc::sdk::Context& context, const Path& path, std::string& refusal) {
  Exchange exchange(client, request);
  const std::stop_token stop = context.stop_token();
  const mamc::http::Head* head = exchange.WaitHead(stop);
  if (head == nullptr) throw FailureOf(exchange.end());
  const std::string body = exchange.Rest(kMaxListBytes, stop);
  if (stop.stop_requested()) throw Cancelled();
  if (exchange.end().problem != Problem::kNone) throw FailureOf(exchange.end());
  const auto refused = [&] {
    return FailureOf(Refusal{head->status, body, head->Header("retry-after")}, request.url, context);
  };
  // A server that wants a token, or is in trouble, would say the same on an older path with less to tell. One
  // that forbids this path alone may allow another.
  if (head->status == 401 || head->status == 429 || head->status >= 500) throw refused();

  const Json list = Member(Json::parse(body, nullptr, false), path.list);
  if (head->status != 200 || !list.is_array()) {
    refusal = refused().message();
    return std::nullopt;
  }
  Listing listing{path.api, {}};
  for (const Json& entry : list) path.add(listing.models, entry);
  return listing;
}

std::string_view WithoutCopyNumber(std::string_view id) {
  const std::size_t colon = id.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == id.size()) return id;
  const bool is_number = id.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  return is_number ? id.substr(0, colon) : id;
}

bool IsLongerName(std::string_view longer, std::string_view name) {
  return !name.empty() && longer.size() > name.size() &&
         ((longer.ends_with(name) && longer[longer.size() - name.size() - 1] == '/') ||
          (longer.starts_with(name) && longer[name.size()] == '@'));
}

}  // namespace

Listing ListModels(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context,
                   const Deadline& deadline, Milliseconds patience) {
  std::string refusal;
  for (const Path& path : kPaths) {
    // No model has to be loaded for a list: who is there says so as soon as he is reached.
    mamc::http::Request request = endpoint.Quick(path.path, context, deadline);
    request.first_byte_timeout = std::min(request.first_byte_timeout, patience);
    request.idle_timeout = std::min(request.idle_timeout, patience);
    if (auto listing = TryPath(client, request, context, path, refusal)) return std::move(*listing);
  }
  throw Failure(MAMC_E_FAILED, "No list of models was found at " + mamc::http::ShownUrl(endpoint.base()) +
                                   ". The last try: " + refusal);
}

bool IsSameModel(const std::string& asked, const std::string& id) {
  const std::string_view a = WithoutCopyNumber(asked);
  const std::string_view b = WithoutCopyNumber(id);
  return a == b || IsLongerName(a, b) || IsLongerName(b, a);
}

}  // namespace lm_studio
