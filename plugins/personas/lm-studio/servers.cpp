#include "servers.hpp"

#include <algorithm>
#include <tuple>

namespace lm_studio {
namespace {

// Lower is better.
using Rank = std::tuple<bool, bool, int, std::size_t>;

int RankOf(Standing::Kind kind) {
  switch (kind) {
    case Standing::Kind::kLoaded:
      return 0;
    case Standing::Kind::kNotLoaded:
    case Standing::Kind::kUnknown:
      return 1;
    case Standing::Kind::kAbsent:
      break;
  }
  return 2;
}

bool IsMeant(const Model& model, const std::string& asked) {
  return model.id == asked || IsSameModel(asked, model.key);
}

// Without a name any loaded model will do, and a lone one that can be loaded. A server that does not say
// which of its models are loaded chooses by itself.
const Model* Unnamed(const Listing& listing, const Model* loaded) {
  if (listing.models.size() == 1) return &listing.models.front();
  return listing.api == Api::kOpenAi ? nullptr : loaded;
}

}  // namespace

Servers::Servers(const Json& settings) {
  for (std::string& base : BaseUrls(settings.value("base_url", "http://localhost:1234")))
    all_.push_back(std::make_unique<Server>(settings, std::move(base)));
}

std::vector<Server*> Servers::InOrder(mamc::http::Client& client, mamc::sdk::Context& context,
                                      const std::string& model, const std::string& pinned,
                                      const Deadline& deadline) const {
  if (!pinned.empty()) return {Pinned(pinned)};
  if (all_.size() == 1) return {all_.front().get()};
  std::vector<std::pair<Rank, Server*>> ranked;
  for (const auto& server : all_) {
    const Standing standing = StandingOf(*server, server->Models(client, context, deadline), model);
    const auto places = server->PlacesAt(standing.model.id, standing.model.parallel);
    ranked.emplace_back(Rank{!server->seemed_reachable(), server->BreakerOf(model)->IsOpen(),
                             RankOf(standing.kind), places->load()},
                        server.get());
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Server*> order;
  for (const auto& [rank, server] : ranked) order.push_back(server);
  return order;
}

Server* Servers::Pinned(const std::string& base) const {
  for (const auto& server : all_)
    if (server->endpoint().base() == base) return server.get();
  throw mamc::sdk::Failure(MAMC_E_INVALID,
                           "The persona's options name the endpoint " + mamc::http::ShownUrl(base) +
                               ", which is not among those of backends.lm-studio.base_url: add it there.");
}

Standing StandingOf(Server& server, const std::optional<Listing>& listing, const std::string& model) {
  Standing standing;
  standing.model.id = standing.model.key = model;
  if (!listing) return standing;
  standing.api = listing->api;
  const Model* loaded = nullptr;
  const Model* not_loaded = nullptr;
  std::size_t least = 0;
  for (const Model& known : listing->models) {
    if (!model.empty() && !IsMeant(known, model)) continue;
    if (!known.loaded) {
      not_loaded = &known;
      continue;
    }
    const std::size_t load = server.PlacesAt(known.id, known.parallel)->load();
    const bool is_named = known.id == model && known.key != model;
    if (loaded != nullptr && load >= least && !is_named) continue;
    loaded = &known;
    least = is_named ? 0 : load;
  }
  const Model* found = model.empty() ? Unnamed(*listing, loaded) : loaded != nullptr ? loaded : not_loaded;
  standing.kind = model.empty() ? Standing::Kind::kUnknown : Standing::Kind::kAbsent;
  if (found == nullptr) return standing;
  standing.kind = found->loaded ? Standing::Kind::kLoaded : Standing::Kind::kNotLoaded;
  standing.model = *found;
  return standing;
}

}  // namespace lm_studio
