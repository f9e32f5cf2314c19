#include "ask.hpp"

#include <algorithm>

#include "loading.hpp"
#include "question.hpp"
#include "stream.hpp"

namespace lm_studio {
namespace {

using mamc::http::ShownUrl;

// What an answer needs beside the prompt.
constexpr std::int64_t kReplyReserveTokens = 8192;

// Whether the model, not the question or the network, is to blame: it counts against its breaker.
bool BlamesModel(const AskFailure& failure, bool answer_began) {
  switch (failure.trouble()) {
    case Trouble::kModelCrashed:
    case Trouble::kServerError:
    case Trouble::kTruncated:
    case Trouble::kMalformed:
      return true;
    case Trouble::kTimeout:
      return !answer_began;  // slow is not broken
    default:
      return false;
  }
}

// Whether another server may do better with the same question.
bool MayDoBetterElsewhere(Trouble trouble) {
  switch (trouble) {
    case Trouble::kUnreachable:
    case Trouble::kBusy:
    case Trouble::kAuth:
    case Trouble::kBadUrl:
    case Trouble::kNotLoaded:
    case Trouble::kNoSuchModel:
    case Trouble::kNoMemory:
    case Trouble::kCircuitOpen:
      return true;
    default:
      return false;
  }
}

std::int64_t MsSince(Clock::time_point start) {
  return std::chrono::duration_cast<Milliseconds>(Clock::now() - start).count();
}

// One question at one server: the model is loaded, a place is waited for, it is asked, and what one more try
// can mend is tried once more.
class Asking {
 public:
  Asking(mamc::http::Client& client, Server& server, mamc::sdk::Context& context, const Question& question,
         const Deadline& deadline)
      : client_(client), server_(server), context_(context), question_(question), deadline_(deadline) {}

  Json Run() {
    with_schema_ = question_.schema.is_object();
    PrepareModel();
    for (;;) {
      began_ = had_reasoning_ = false;
      try {
        return WithTimings(AskInTurn());
      } catch (const AskFailure& failure) {
        if (context_.cancelled()) throw Cancelled();
        if (!CanBeMended(failure)) throw;
      }
    }
  }

  bool has_begun() const { return began_; }

 private:
  void PrepareModel() {
    LookAtModels();
    if (standing_.kind == Standing::Kind::kNotLoaded) Load();
  }

  void LookAtModels() {
    standing_ = StandingOf(server_, server_.Models(client_, context_, deadline_), question_.model);
  }

  // False: it cannot be loaded from here.
  bool Load() {
    if (!server_.policy().load_models || standing_.api != Api::kLmStudioV1) return false;
    const Clock::time_point start = Clock::now();
    const bool loaded = LoadModel(client_, server_, context_, standing_.model, deadline_);
    load_ms_ += MsSince(start);
    if (loaded) LookAtModels();
    return loaded;
  }

  // A server that is asked too much may cut the prompt without a word. The asker's count is an estimate:
  // where it does not fit, the answer has no room.
  void CheckPromptFits() const {
    const std::int64_t context_tokens = standing_.model.context_tokens;
    if (context_tokens == 0 || question_.prompt_tokens == 0) return;
    const std::int64_t reply_tokens = std::min(question_.reply_tokens, context_tokens / 4);
    if (question_.prompt_tokens + reply_tokens <= context_tokens) return;
    throw TooLong({.need_tokens = question_.prompt_tokens, .have_tokens = context_tokens},
                  server_.endpoint().base());
  }

  Json AskInTurn() {
    CheckPromptFits();
    Places::Place place = WaitForPlace();
    const std::shared_ptr<Breaker> breaker = EnterBreaker();
    try {
      Json result = AskOnce();
      breaker->TellSuccess();
      return result;
    } catch (const AskFailure& failure) {
      TellBreaker(*breaker, failure);
      // It may go on with the prompt for a while, and its next question would wait there and not here.
      if (context_.cancelled()) place.GiveBackAfter(client_, server_.endpoint().times().cancel_grace);
      throw;
    } catch (...) {
      breaker->TellNothing();
      throw;
    }
  }

  Places::Place WaitForPlace() {
    const std::shared_ptr<Places> places = server_.PlacesAt(standing_.model.id, standing_.model.parallel);
    const Clock::time_point start = Clock::now();
    std::optional<Places::Place> place = places->Take(context_.stop_token(), deadline_, [&] {
      context_.Log(MAMC_LOG_INFO, "waiting for one of " + std::to_string(places->limit()) + " places at " +
                                      server_.endpoint().base());
    });
    queue_ms_ += MsSince(start);
    if (context_.cancelled()) throw Cancelled();
    if (!place) {
      throw AskFailure(Trouble::kTimeout,
                       ShownUrl(server_.endpoint().base()) + " had no place for the question within " +
                           std::to_string(MsSince(start)) + " ms: others are asked first, " +
                           std::to_string(places->limit()) +
                           " at a time. Give the persona more time, or the server more places (parallel).");
    }
    return std::move(*place);
  }

  std::shared_ptr<Breaker> EnterBreaker() {
    std::shared_ptr<Breaker> breaker = server_.BreakerOf(question_.model);
    const Milliseconds wait = breaker->Enter();
    if (wait.count() == 0) return breaker;
    throw AskFailure(Trouble::kCircuitOpen,
                     ShownUrl(server_.endpoint().base()) + ": " + ModelName() + " failed " +
                         std::to_string(server_.policy().breaker.failures) +
                         " times in a row or more and is not asked for " + std::to_string(wait.count()) +
                         " ms. Look at the server's log; what it failed with stands in this run's log.",
                     {{"retry_after_ms", wait.count()}});
  }

  Json AskOnce() {
    // Of another server's model nothing is known: the field is about what LM Studio would do.
    const bool bounds_answer = standing_.api != Api::kOpenAi;
    const Json body =
        question_.Body(standing_.model.id, with_schema_, bounds_answer ? standing_.model.context_tokens : 0);
    Answer answer(context_, {.url = server_.endpoint().base() + kChatPath,
                             .model = standing_.model.id,
                             .with_schema = with_schema_,
                             .repetition_limit_bytes = server_.policy().repetition_limit_bytes});
    try {
      return Stream(client_, server_.endpoint(), context_, body, deadline_, answer);
    } catch (...) {
      began_ = answer.has_begun();
      had_reasoning_ = answer.has_reasoning();
      throw;
    }
  }

  void TellBreaker(Breaker& breaker, const AskFailure& failure) {
    if (context_.cancelled() || !BlamesModel(failure, began_)) return breaker.TellNothing();
    server_.ForgetModels();
    if (!breaker.TellFailure()) return;
    context_.Log(MAMC_LOG_WARN, ModelName() + " at " + server_.endpoint().base() +
                                    " failed too often in a row and is not asked for a while");
  }

  // True: the cause is out of the way, ask again. Each cause is mended once.
  bool CanBeMended(const AskFailure& failure) {
    const bool is_reasoning_only = failure.trouble() == Trouble::kEmptyAnswer && had_reasoning_;
    if (with_schema_ && failure.trouble() == Trouble::kBadFormat)
      return GoOnWithoutSchema(" refuses response_format");
    if (with_schema_ && is_reasoning_only) return GoOnWithoutSchema(" wrote nothing but reasoning");
    if (failure.trouble() == Trouble::kNotLoaded && !began_) return LoadOnceMore();
    if (failure.trouble() == Trouble::kContextOverflow && !began_)
      return ReloadFor(CountOf(failure.details(), "need_tokens"));
    return false;
  }

  bool GoOnWithoutSchema(const std::string& why) {
    context_.Log(MAMC_LOG_WARN, server_.endpoint().base() + why + "; asking once more without a schema");
    with_schema_ = false;
    return true;
  }

  // It was unloaded since its models were listed.
  bool LoadOnceMore() {
    if (std::exchange(loaded_once_more_, true)) return false;
    server_.ForgetModels();
    LookAtModels();
    if (standing_.kind == Standing::Kind::kLoaded) return true;
    return standing_.kind == Standing::Kind::kNotLoaded && Load();
  }

  // A context that nobody set grows with the prompt, where we loaded the model and nobody else asks it.
  bool ReloadFor(std::int64_t need_tokens) {
    const Model& model = standing_.model;
    const std::int64_t wanted = std::min(model.max_context_tokens, need_tokens + kReplyReserveTokens);
    const bool may_grow = server_.policy().load_models && server_.policy().context_tokens == 0 &&
                          standing_.api == Api::kLmStudioV1 && server_.OwnsIdle(model.id);
    if (std::exchange(reloaded_, true) || need_tokens == 0 || wanted <= need_tokens || !may_grow)
      return false;
    context_.Log(MAMC_LOG_WARN, "loading " + model.key + " at " + server_.endpoint().base() +
                                    " anew with a context of " + std::to_string(wanted) +
                                    " tokens: the prompt has " + std::to_string(need_tokens));
    const Clock::time_point start = Clock::now();
    const bool loaded = Reload(model, wanted);
    load_ms_ += MsSince(start);
    LookAtModels();
    return loaded;
  }

  // False: there is no memory for so much, and the model is as it was.
  bool Reload(const Model& model, std::int64_t context_tokens) {
    try {
      return ReloadModel(client_, server_, context_, model, context_tokens, deadline_);
    } catch (const AskFailure& failure) {
      if (failure.trouble() != Trouble::kNoMemory) throw;
      context_.Log(MAMC_LOG_WARN, "the model stays as it was: " + failure.message());
    }
    LoadModel(client_, server_, context_, model, deadline_);
    return false;
  }

  Json WithTimings(Json result) const {
    result["endpoint"] = server_.endpoint().base();
    if (standing_.model.context_tokens > 0) result["context_length"] = standing_.model.context_tokens;
    result["timings"]["queue_ms"] = queue_ms_;
    result["timings"]["load_ms"] = load_ms_;
    return result;
  }

  std::string ModelName() const {
    return question_.model.empty() ? "the loaded model" : "the model " + question_.model;
  }

  mamc::http::Client& client_;
  Server& server_;
  mamc::sdk::Context& context_;
  const Question& question_;
  const Deadline& deadline_;
  Standing standing_;
  bool with_schema_ = false;
  bool loaded_once_more_ = false;
  bool reloaded_ = false;
  bool began_ = false;  // the last answer, before it failed
  bool had_reasoning_ = false;
  std::int64_t queue_ms_ = 0;
  std::int64_t load_ms_ = 0;
};

// Of a question that the host does not wait for any more; why, it knows itself.
AskFailure StoppedAt(const std::string& url) {
  return {Trouble::kCancelled, ShownUrl(url) + " had not answered when the question was stopped."};
}

}  // namespace

Json Ask(mamc::http::Client& client, const Servers& servers, mamc::sdk::Context& context, const Json& input) {
  const Question question(input);
  const Deadline deadline = DeadlineOf(context);
  std::optional<AskFailure> first;  // of what to tell when no server answers: rather one that passes
  for (Server* server : servers.InOrder(client, context, question.model, question.pinned, deadline)) {
    Asking asking(client, *server, context, question, deadline);
    try {
      return asking.Run();
    } catch (const AskFailure& failure) {
      if (failure.trouble() == Trouble::kCancelled) throw StoppedAt(server->endpoint().base());
      if (asking.has_begun() || !MayDoBetterElsewhere(failure.trouble())) throw;
      if (servers.all().size() > 1) context.Log(MAMC_LOG_WARN, "not answered there: " + failure.message());
      if (!first || (first->code() != MAMC_E_UNAVAILABLE && failure.code() == MAMC_E_UNAVAILABLE))
        first = failure;
    }
  }
  throw AskFailure(*first);
}

}  // namespace lm_studio
