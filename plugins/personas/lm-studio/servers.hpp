// The servers that this machine may ask, and which of them is asked next.
//
// Thread rule: used from any thread.
#pragma once
#include <memory>
#include <vector>

#include "server.hpp"

namespace lm_studio {

class Servers {
 public:
  explicit Servers(const Json& settings);

  const std::vector<std::unique_ptr<Server>>& all() const { return all_; }
  // In the order in which they are asked: first those that can be reached and do not fail, of these those
  // with the model in memory, of these the least busy. `pinned`: the one with this base alone; throws when
  // there is none.
  std::vector<Server*> InOrder(mamc::http::Client& client, mamc::sdk::Context& context,
                               const std::string& model, const std::string& pinned,
                               const Deadline& deadline) const;

 private:
  Server* Pinned(const std::string& base) const;

  std::vector<std::unique_ptr<Server>> all_;
};

// How a model stands at a server.
struct Standing {
  enum class Kind { kLoaded, kNotLoaded, kUnknown, kAbsent };

  Kind kind = Kind::kUnknown;
  Api api = Api::kOpenAi;
  Model model;  // the instance to ask, the one to load, or, where nothing is known, what was asked for
};

// Of several loaded instances the least busy one.
Standing StandingOf(Server& server, const std::optional<Listing>& listing, const std::string& model);

}  // namespace lm_studio
