// One server and what is known of it: its models, who waits for them, which of them fail.
//
// Thread rule: used from any thread.
#pragma once
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "breaker.hpp"
#include "models.hpp"
#include "places.hpp"
#include "trouble.hpp"

namespace lm_studio {

// How models are loaded and asked; the rest of the settings.
struct Policy {
  explicit Policy(const Json& settings);

  bool load_models;
  std::int64_t context_tokens;  // to load with; 0: what the server has set, at least kLittleContextTokens
  std::size_t parallel;         // 0: what the server says, kDefaultParallel when it says nothing
  std::size_t repetition_limit_bytes;
  Breaker::Limits breaker;
};

constexpr std::size_t kDefaultParallel = 4;
// What a plan, a file or two and the answer need. LM Studio loads with 4096 when nobody says anything.
constexpr std::int64_t kLittleContextTokens = 16'384;

class Server {
 public:
  Server(const Json& settings, std::string base) : endpoint_(settings, std::move(base)), policy_(settings) {}

  const Endpoint& endpoint() const { return endpoint_; }
  const Policy& policy() const { return policy_; }

  // Its models, from a list that is at most kFresh old; nothing when it does not say. Throws only when the
  // call was cancelled.
  std::optional<Listing> Models(mamc::http::Client& client, mamc::sdk::Context& context,
                                const Deadline& deadline);
  // What was known of its models is no longer so.
  void ForgetModels();
  // False: it could not be reached when it was asked last.
  bool seemed_reachable() const;

  std::shared_ptr<Places> PlacesAt(const std::string& model, std::int64_t told_parallel);
  std::shared_ptr<Breaker> BreakerOf(const std::string& model);

  // Loading is done by one call at a time and model. The first gets true and must call EndLoading; the others
  // wait for its end and get false, with its failure thrown.
  bool BeginLoading(const std::string& key, std::stop_token stop, const Deadline& deadline);
  void EndLoading(const std::string& key, const AskFailure* failure);

  void OwnInstance(const std::string& id);
  // Whether this process loaded it and nobody asks it now.
  bool OwnsIdle(const std::string& id) const;
  // Instances that this process loaded, that are not of `key` and that nobody asks; no longer ours then.
  std::vector<std::string> TakeIdleInstances(const Listing& listing, const std::string& key);

 private:
  struct Loading {
    enum class End { kNone, kLoaded, kNotLoaded };
    End end = End::kNone;
    std::optional<AskFailure> failure;  // none, and not loaded: it was given up
  };

  AskFailure TooLate(const std::string& key) const;

  const Endpoint endpoint_;
  const Policy policy_;
  mutable std::mutex mutex_;
  std::condition_variable_any loaded_;
  std::optional<Listing> listing_;                            // protected by mutex_
  std::optional<Clock::time_point> listed_at_;                // protected by mutex_
  bool seemed_reachable_ = true;                              // protected by mutex_
  std::map<std::string, std::shared_ptr<Places>> places_;     // by instance; protected by mutex_
  std::map<std::string, std::shared_ptr<Breaker>> breakers_;  // by model; protected by mutex_
  std::map<std::string, std::shared_ptr<Loading>> loadings_;  // by key; protected by mutex_
  std::set<std::string> own_instances_;                       // protected by mutex_
};

}  // namespace lm_studio
