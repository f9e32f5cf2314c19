#include "server.hpp"

#include <algorithm>

namespace lm_studio {
namespace {

// For how long a list of models, or that there is none, is taken for true.
constexpr std::chrono::seconds kFresh(30);
// A server that is busy with an answer and lists nothing meanwhile is not waited for long.
constexpr Milliseconds kListPatience(5'000);

std::int64_t Number(const Json& settings, const char* name, std::int64_t otherwise) {
  return settings.value(name, otherwise);
}

// A list is worth a part of the time, since the answer needs the rest.
Milliseconds PatienceUntil(const Deadline& deadline) {
  if (!deadline) return kListPatience;
  const auto left = std::chrono::duration_cast<Milliseconds>(deadline->at - Clock::now());
  return std::clamp(left / 8, Milliseconds(1), kListPatience);
}

}  // namespace

Policy::Policy(const Json& settings)
    : load_models(settings.value("load_models", true)),
      context_tokens(Number(settings, "context_length", 0)),
      parallel(static_cast<std::size_t>(Number(settings, "parallel", 0))),
      repetition_limit_bytes(static_cast<std::size_t>(Number(settings, "repetition_limit_bytes", 8192))),
      breaker{static_cast<int>(Number(settings, "breaker_failures", 5)),
              Milliseconds(Number(settings, "breaker_pause_ms", 30'000))} {}

std::optional<Listing> Server::Models(mamc::http::Client& client, mamc::sdk::Context& context,
                                      const Deadline& deadline) {
  {
    const std::lock_guard lock(mutex_);
    if (listed_at_ && Clock::now() - *listed_at_ < kFresh) return listing_;
  }
  std::optional<Listing> listing;
  bool reachable = true;
  try {
    listing = ListModels(client, endpoint_, context, deadline, PatienceUntil(deadline));
  } catch (const mamc::sdk::Failure& failure) {
    if (context.cancelled()) throw Cancelled();
    reachable = failure.code() != MAMC_E_UNAVAILABLE;
    context.Log(MAMC_LOG_DEBUG, "asked without a list of models: " + failure.message());
  }
  const std::lock_guard lock(mutex_);
  listed_at_ = Clock::now();
  seemed_reachable_ = reachable;
  listing_ = listing;
  return listing;
}

void Server::ForgetModels() {
  const std::lock_guard lock(mutex_);
  listed_at_.reset();
}

bool Server::seemed_reachable() const {
  const std::lock_guard lock(mutex_);
  return seemed_reachable_;
}

std::shared_ptr<Places> Server::PlacesAt(const std::string& model, std::int64_t told_parallel) {
  const std::size_t told = told_parallel > 0 ? static_cast<std::size_t>(told_parallel) : kDefaultParallel;
  const std::lock_guard lock(mutex_);
  auto& places = places_[model];
  if (!places) places = std::make_shared<Places>();
  places->SetLimit(policy_.parallel > 0 ? policy_.parallel : told);
  return places;
}

std::shared_ptr<Breaker> Server::BreakerOf(const std::string& model) {
  const std::lock_guard lock(mutex_);
  auto& breaker = breakers_[model];
  if (!breaker) breaker = std::make_shared<Breaker>(policy_.breaker);
  return breaker;
}

bool Server::BeginLoading(const std::string& key, std::stop_token stop, const Deadline& deadline) {
  const Clock::time_point latest = deadline ? deadline->at : Clock::now() + std::chrono::hours(24);
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto [found, is_first] = loadings_.emplace(key, std::make_shared<Loading>());
    if (is_first) return true;
    const std::shared_ptr<Loading> loading = found->second;
    loaded_.wait_until(lock, stop, latest, [&] { return loading->end != Loading::End::kNone; });
    if (stop.stop_requested()) throw Cancelled();
    if (loading->end == Loading::End::kLoaded) return false;
    if (loading->failure) throw loading->failure->Anew();
    if (loading->end == Loading::End::kNone) throw TooLate(key);
  }
}

void Server::EndLoading(const std::string& key, const AskFailure* failure) {
  // Whose call was cancelled knows nothing: one that waits loads in its place.
  const bool given_up = failure != nullptr && failure->trouble() == Trouble::kCancelled;
  {
    const std::lock_guard lock(mutex_);
    listed_at_.reset();
    const auto found = loadings_.find(key);
    if (found == loadings_.end()) return;
    Loading& loading = *found->second;
    loading.end = failure == nullptr ? Loading::End::kLoaded : Loading::End::kNotLoaded;
    if (failure != nullptr && !given_up) loading.failure = failure->Anew();
    loadings_.erase(found);
  }
  loaded_.notify_all();
}

AskFailure Server::TooLate(const std::string& key) const {
  return {Trouble::kTimeout, mamc::http::ShownUrl(endpoint_.base()) + " did not load the model " + key +
                                 " before the time of the question was over."};
}

void Server::OwnInstance(const std::string& id) {
  const std::lock_guard lock(mutex_);
  own_instances_.insert(id);
}

bool Server::OwnsIdle(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto places = places_.find(id);
  const bool in_use = places != places_.end() && places->second->load() > 0;
  return own_instances_.contains(id) && !in_use;
}

std::vector<std::string> Server::TakeIdleInstances(const Listing& listing, const std::string& key) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> idle;
  for (const Model& model : listing.models) {
    const auto places = places_.find(model.id);
    const bool in_use = places != places_.end() && places->second->load() > 0;
    if (model.loaded && model.key != key && !in_use && own_instances_.erase(model.id) > 0)
      idle.push_back(model.id);
  }
  return idle;
}

}  // namespace lm_studio
