#include "loading.hpp"

#include <algorithm>

namespace lm_studio {
namespace {

using mamc::http::Exchange;
using mamc::http::Problem;

constexpr const char* kLoadPath = "/api/v1/models/load";
constexpr const char* kUnloadPath = "/api/v1/models/unload";
constexpr std::size_t kMaxReplyBytes = 256 << 10;

// Whether the failure is one of loading, and not that this server, or this token, has no such thing.
bool LoadsWhenTold(int status, const AskFailure& failure, const Json& reply) {
  if (status == 403 || failure.trouble() == Trouble::kBadUrl) return false;
  const bool no_path = status == 404 || status == 405 || status == 501;
  return !no_path || !ErrorText(reply).empty();
}

// The work of the one call that loads.
class Loader {
 public:
  Loader(mamc::http::Client& client, Server& server, mamc::sdk::Context& context, const Model& model,
         const Deadline& deadline)
      : client_(client), server_(server), context_(context), model_(model), deadline_(deadline) {}

  // False: the server does not know the path.
  bool Load() {
    if (IsLoadedByNow()) return true;
    const std::optional<Json> reply = LoadMakingRoom(server_.policy().context_tokens);
    if (!reply) return false;
    Json loaded = *reply;
    if (const std::int64_t more = LargerContext(loaded); more > 0) {
      Unload(TextOf(loaded, "instance_id"));
      loaded = LoadMakingRoom(more).value_or(loaded);
    }
    Tell(loaded);
    return true;
  }

  bool Reload(std::int64_t context_tokens) {
    if (!Unload(model_.id)) return false;
    const std::optional<Json> reply = LoadMakingRoom(context_tokens);
    if (reply) Tell(*reply);
    return reply.has_value();
  }

 private:
  // Another host may have loaded it meanwhile: that instance is ours as well, and not loaded a second time.
  bool IsLoadedByNow() {
    server_.ForgetModels();
    const auto listing = server_.Models(client_, context_, deadline_);
    if (!listing) return false;
    return std::any_of(listing->models.begin(), listing->models.end(),
                       [&](const Model& model) { return model.loaded && model.key == model_.key; });
  }

  // Where memory is short, what we loaded before and nobody asks goes, and it is tried once more.
  std::optional<Json> LoadMakingRoom(std::int64_t context_tokens) {
    try {
      return LoadOnce(context_tokens);
    } catch (const AskFailure& failure) {
      if (failure.trouble() != Trouble::kNoMemory || !MakeRoom()) throw;
    }
    return LoadOnce(context_tokens);
  }

  std::optional<Json> LoadOnce(std::int64_t context_tokens) {
    Json body = {{"model", model_.key}, {"echo_load_config", true}};
    if (context_tokens > 0) body["context_length"] = context_tokens;
    return Post(kLoadPath, body);
  }

  // The reply; nothing when the path is unknown there.
  std::optional<Json> Post(const char* path, const Json& body) {
    mamc::http::Request request = server_.endpoint().To(path, context_, deadline_);
    request.method = "POST";
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = Written(body);
    request.first_byte_timeout = request.idle_timeout = server_.endpoint().times().load;
    const std::string url = request.url;
    Exchange exchange(client_, std::move(request));
    const std::stop_token stop = context_.stop_token();
    const mamc::http::Head* head = exchange.WaitHead(stop);
    if (head == nullptr) throw FailureOf(exchange.end());
    const std::string text = exchange.Rest(kMaxReplyBytes, stop);
    if (stop.stop_requested()) throw Cancelled();
    if (exchange.end().problem != Problem::kNone) throw FailureOf(exchange.end());
    const Json reply = Json::parse(text, nullptr, false);
    if (head->status == 200 && TextOf(reply, "status") == "loaded") return reply;
    const bool unloads = std::string_view(path) == kUnloadPath;
    if (head->status == 200 && unloads && ErrorText(reply).empty()) return reply;
    const AskFailure failure =
        FailureOf(Refusal{head->status, text, head->Header("retry-after")}, url, context_);
    if (!LoadsWhenTold(head->status, failure, reply)) return std::nullopt;
    throw failure;
  }

  bool MakeRoom() {
    server_.ForgetModels();
    const auto listing = server_.Models(client_, context_, deadline_);
    bool made = false;
    if (!listing) return made;
    for (const std::string& id : server_.TakeIdleInstances(*listing, model_.key)) {
      context_.Log(MAMC_LOG_WARN, "unloading " + id + " at " + server_.endpoint().base() +
                                      ", which this host loaded and nobody asks, to load " + model_.key);
      made = Unload(id) || made;
    }
    return made;
  }

  bool Unload(const std::string& id) {
    try {
      return Post(kUnloadPath, {{"instance_id", id}}).has_value();
    } catch (const AskFailure& failure) {
      if (failure.trouble() == Trouble::kCancelled) throw;
      context_.Log(MAMC_LOG_WARN, "cannot unload " + id + ": " + failure.message());
      return false;
    }
  }

  // The context to load again with, when what the server chose by itself is too small; 0: it is good.
  std::int64_t LargerContext(const Json& loaded) const {
    const std::int64_t context = CountOf(Member(loaded, "load_config"), "context_length");
    const std::int64_t possible = model_.max_context_tokens > 0
                                      ? std::min(model_.max_context_tokens, kLittleContextTokens)
                                      : kLittleContextTokens;
    const bool is_small = server_.policy().context_tokens == 0 && context > 0 && context < possible;
    return is_small && !TextOf(loaded, "instance_id").empty() ? possible : 0;
  }

  void Tell(const Json& loaded) {
    const std::string id = TextOf(loaded, "instance_id");
    if (!id.empty()) server_.OwnInstance(id);
    const std::int64_t context = CountOf(Member(loaded, "load_config"), "context_length");
    context_.Log(MAMC_LOG_INFO,
                 "loaded the model " + model_.key + " at " + server_.endpoint().base() +
                     (context > 0 ? " with a context of " + std::to_string(context) + " tokens" : ""));
  }

  mamc::http::Client& client_;
  Server& server_;
  mamc::sdk::Context& context_;
  const Model& model_;
  const Deadline& deadline_;
};

// Does the work, unless another call does it already.
template <class Work>
bool OnceForAll(Server& server, const std::string& key, mamc::sdk::Context& context, const Deadline& deadline,
                Work work) {
  if (!server.BeginLoading(key, context.stop_token(), deadline)) return true;
  try {
    const bool loaded = work();
    server.EndLoading(key, nullptr);
    return loaded;
  } catch (const AskFailure& failure) {
    server.EndLoading(key, &failure);
    throw;
  } catch (...) {
    const AskFailure given_up = Cancelled();
    server.EndLoading(key, &given_up);
    throw;
  }
}

}  // namespace

bool LoadModel(mamc::http::Client& client, Server& server, mamc::sdk::Context& context, const Model& model,
               const Deadline& deadline) {
  return OnceForAll(server, model.key, context, deadline,
                    [&] { return Loader(client, server, context, model, deadline).Load(); });
}

bool ReloadModel(mamc::http::Client& client, Server& server, mamc::sdk::Context& context, const Model& model,
                 std::int64_t context_tokens, const Deadline& deadline) {
  return OnceForAll(server, model.key, context, deadline,
                    [&] { return Loader(client, server, context, model, deadline).Reload(context_tokens); });
}

}  // namespace lm_studio
