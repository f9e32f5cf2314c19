#include "model_asker.hpp"

#include <mamc/backend.h>

#include <algorithm>
#include <fstream>

#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "prompt_fit.hpp"
#include "usage.hpp"
#include "verdict.hpp"

namespace mamc::worker {
namespace {

// For a busy server, when no time is set for the answer.
constexpr std::int64_t kLongestPauseMs = 600'000;
constexpr std::size_t kMostProblemBytes = 1000;       // a long list of findings may lack a lot
constexpr std::int64_t kReplyTokens = 8192;           // room for an answer that nothing bounds
constexpr const char* kOverflow = "ContextOverflow";  // in a failure's details
constexpr int kMostFittings = 3;                      // of one prompt, as a server tells its window

std::int64_t ReplyTokens(const workflow::Persona& persona) {
  const std::int64_t most = GetInt(persona.options, "max_tokens");
  return most > 0 ? most : kReplyTokens;
}

Json ParsedOrEmpty(const std::string& text) {
  auto json = ParseJson(text);
  return json.ok() ? std::move(*json) : Json::object();
}

}  // namespace

class ModelAsker::Question final : public plugin::ServedObserver,
                                   public std::enable_shared_from_this<Question> {
 public:
  Question(ModelAsker& asker, std::string backend_id, std::shared_ptr<plugin::Instance> backend,
           std::shared_ptr<const workflow::Persona> persona, Payer payer, std::string model, Prompt prompt,
           std::string change, std::int64_t deadline_unix_ms, Done done)
      : ServedObserver(asker.calls_),
        asker_(asker),
        backend_id_(std::move(backend_id)),
        backend_(std::move(backend)),
        persona_(std::move(persona)),
        payer_(std::move(payer)),
        model_(std::move(model)),
        window_(asker.windows_[{backend_id_, model_}]),
        prompt_(std::move(prompt)),
        change_(std::move(change)),
        reply_tokens_(ReplyTokens(*persona_)),
        deadline_unix_ms_(deadline_unix_ms),
        done_(std::move(done)) {}

  Status Prepare() {
    if (!persona_->verdict_schema) return {};
    auto schema = schema::Schema::Compile(*persona_->verdict_schema);
    if (!schema.ok()) return schema.status().Within("persona " + persona_->id + ": verdict");
    schema_ = std::make_unique<schema::Schema>(std::move(*schema));
    return {};
  }

  void Send() {
    if (!done_) return;  // stopped before it was sent
    if (Status may = MayAsk(); !may.ok())
      return Finish(may.code(), {{"message", "persona " + persona_->id + ": " + may.message()}});
    auto fitted = FitPrompt(prompt_, window_.RoomFor(reply_tokens_));
    if (!fitted) return FinishTooSmall();
    NoteFitting(*fitted);
    Json input = {{"persona", persona_->id},
                  {"model", model_},
                  {"messages", std::move(fitted->messages)},
                  {"prompt_tokens", prompt_tokens_},
                  {"reply_tokens", reply_tokens_},
                  {"options", persona_->options}};
    if (schema_) input["schema"] = *persona_->verdict_schema;
    plugin::CallInfo info;
    info.verb = MAMC_BACKEND_ASK;
    // Both by the host's clock: what lies between them is the time that there is.
    info.started_unix_ms = asker_.loop_.clock().UnixMs();
    sent_unix_ms_ = info.started_unix_ms;
    if (asked_unix_ms_ == 0) asked_unix_ms_ = info.started_unix_ms;
    info.deadline_unix_ms = deadline_unix_ms_;
    is_asked_ = true;
    ticket_ = asker_.calls_.Start(backend_, info, Dump(input), shared_from_this(), asker_.options_.context);
  }

  void Stop() {
    if (done_ && is_asked_) Pay(Json::object());
    done_ = nullptr;
    asker_.loop_.Cancel(pause_);
    asker_.calls_.Cancel(ticket_, Code::kCancelled);
  }

  void OnComplete(plugin::Ticket, plugin::Outcome outcome, bool) override {
    if (!done_) return;
    is_asked_ = false;
    if (outcome.code < Code::kOk) return OnFailure(outcome);
    auto answer = ParseJson(outcome.json);
    if (!answer.ok()) return Finish(answer.status().code(), {{"message", answer.status().message()}});
    Pay(*answer);
    Record(*answer);
    LearnFrom(*answer);
    Judge(std::move(*answer));
  }

 private:
  Status MayAsk() {
    if (!asker_.ledger_) return {};
    Status may = asker_.ledger_->MayAsk(payer_);
    if (!may.ok()) return may;
    const std::string warning = asker_.ledger_->Warning(payer_);
    if (!warning.empty() && !std::exchange(is_warned_, true)) prompt_.request += "budget: " + warning + "\n";
    return {};
  }

  // What a server does not count is estimated.
  void Pay(const Json& answer) {
    if (!asker_.ledger_) return;
    const Json& usage = GetMember(answer, "usage");
    const std::int64_t counted = GetInt(usage, "prompt_tokens") + GetInt(usage, "completion_tokens");
    const std::int64_t estimated =
        prompt_tokens_ + window_.TokensOf(EstimateTokens(GetString(answer, "text")));
    asker_.ledger_->Add(payer_, {.calls = 1,
                                 .tokens = counted > 0 ? counted : estimated,
                                 .ms = asker_.loop_.clock().UnixMs() - sent_unix_ms_});
  }

  void OnFailure(const plugin::Outcome& outcome) {
    const Json details = GetMember(ParsedOrEmpty(outcome.json), "details");
    if (outcome.code == Code::kUnavailable && WaitsForServer(details, outcome.Message())) return;
    // Neither of the two is work of a model.
    if (outcome.code != Code::kUnavailable && GetString(details, "class") != kOverflow) Pay(Json::object());
    if (RanOutOfTime(outcome.code)) return Finish(Code::kTimeout, Failure(OutOfTime(outcome), details));
    if (FitsBetter(details)) return Send();
    Finish(outcome.code, Failure("persona " + persona_->id + ": " + outcome.Message(), details));
  }

  static Json Failure(const std::string& message, const Json& details) {
    Json failure = {{"message", message}};
    if (!details.is_null()) failure["details"] = details;
    return failure;
  }

  // A backend that stops as it is told may only know that it was stopped. Who does not want the answer any
  // more (Stop) hears nothing of it.
  bool RanOutOfTime(Code code) const {
    return (code == Code::kTimeout || code == Code::kCancelled) && deadline_unix_ms_ != 0 &&
           asker_.loop_.clock().UnixMs() >= deadline_unix_ms_;
  }

  std::string OutOfTime(const plugin::Outcome& outcome) const {
    const std::int64_t waited_ms = asker_.loop_.clock().UnixMs() - asked_unix_ms_;
    return "persona " + persona_->id + ": the backend '" + backend_id_ + "' did not answer within " +
           std::to_string(waited_ms) + " ms: " + outcome.Message();
  }

  // A busy server may say when it is to be asked again: true when that is before the answer is due.
  bool WaitsForServer(const Json& details, const std::string& message) {
    const std::int64_t wait_ms = GetInt(details, "retry_after_ms");
    const std::int64_t left_ms =
        deadline_unix_ms_ == 0 ? kLongestPauseMs : deadline_unix_ms_ - asker_.loop_.clock().UnixMs();
    if (wait_ms <= 0 || wait_ms >= left_ms) return false;
    Log("persona", LogLevel::kWarn, "the model server is busy and is asked again",
        {{"persona", persona_->id}, {"wait_ms", std::to_string(wait_ms)}, {"error", message}});
    pause_ = asker_.loop_.After(Milliseconds(wait_ms), [self = shared_from_this()] { self->Send(); });
    return true;
  }

  // The backend or its server says how much fits. True: less of the prompt may be sent.
  bool FitsBetter(const Json& details) {
    const std::int64_t have_tokens = GetInt(details, "have_tokens");
    const std::int64_t need_tokens = GetInt(details, "need_tokens");
    if (GetString(details, "class") != kOverflow || have_tokens <= 0 || ++fittings_ > kMostFittings)
      return false;
    window_.LearnLength(have_tokens);
    // Our own number, handed back, teaches nothing.
    if (need_tokens != prompt_tokens_)
      window_.LearnCount(estimate_, need_tokens > 0 ? need_tokens : have_tokens + have_tokens / 4);
    return true;
  }

  void NoteFitting(const FittedPrompt& fitted) {
    estimate_ = fitted.estimate;
    prompt_tokens_ = window_.TokensOf(estimate_);
    left_out_ = fitted.left_out;
    if (!left_out_.empty())
      Log("persona", LogLevel::kWarn, "not all of the prompt fits into the model's context",
          {{"persona", persona_->id},
           {"model", model_},
           {"context_tokens", std::to_string(window_.length_tokens())},
           {"left_out", Dump(left_out_)}});
  }

  void FinishTooSmall() {
    const std::int64_t need_tokens =
        window_.TokensOf(SmallestEstimate(prompt_)) + std::min(reply_tokens_, window_.length_tokens() / 4);
    Finish(
        Code::kFailed,
        Failure(
            "persona " + persona_->id + ": its smallest prompt and an answer need about " +
                std::to_string(need_tokens) + " tokens, and " +
                (model_.empty() ? "the model" : "the model " + model_) + " is loaded with " +
                std::to_string(window_.length_tokens()) +
                ": load it with a larger context (in the server, or by backends." + backend_id_ +
                ".context_length), or make the persona's prompt shorter",
            {{"class", kOverflow}, {"need_tokens", need_tokens}, {"have_tokens", window_.length_tokens()}}));
  }

  // A server may leave out what does not fit and say nothing: its count tells.
  void LearnFrom(Json& answer) {
    if (const std::int64_t length = GetInt(answer, "context_length"); length > 0) window_.LearnLength(length);
    const std::int64_t counted = GetInt(GetMember(answer, "usage"), "prompt_tokens");
    if (!window_.WasCut(estimate_, counted)) return window_.LearnCount(estimate_, counted);
    answer["prompt_cut"] = {{"counted_tokens", counted}, {"expected_tokens", prompt_tokens_}};
    Log("persona", LogLevel::kWarn,
        "the server counts so few tokens of the prompt that it has left out a part of it without a word: "
        "give "
        "the model a larger context there",
        {{"persona", persona_->id},
         {"model", model_},
         {"counted_tokens", std::to_string(counted)},
         {"expected_tokens", std::to_string(prompt_tokens_)}});
  }

  void Judge(Json answer) {
    std::string text = WithoutReasoning(GetString(answer, "text"));
    answer["text"] = text;
    AddUsage(cost_, GetMember(answer, "usage"));
    answer.update(cost_);
    if (!left_out_.empty()) answer["left_out"] = left_out_;
    if (!schema_) return Finish(Code::kOk, std::move(answer));
    // What was cut may have gone on to say the opposite.
    bool cut = MeansCut(GetString(answer, "finish"));
    auto verdict = cut ? Invalid("it was cut at the limit of its length") : FindVerdict(text, *schema_);
    if (Status placed = verdict.ok() ? CheckFindings(*verdict, change_) : Status(); !placed.ok())
      verdict = placed;
    if (!verdict.ok()) {
      const std::string problem = verdict.status().message();
      return repaired_ ? FinishUnknown(std::move(answer), problem) : Repair(text, problem);
    }
    answer["verdict"] = *verdict;
    answer["status"] = VerdictStatus(*verdict);
    if (answer["status"] == "pass" && !SawWhatItJudges(answer))
      return FinishUnknown(std::move(answer),
                           "it passes what it was shown a part of: the context of its model has no "
                           "room for all of it, give the model a larger one");
    Finish(Code::kOk, std::move(answer));
  }

  bool SawWhatItJudges(const Json& answer) const {
    if (answer.contains("prompt_cut")) return false;
    return std::none_of(left_out_.begin(), left_out_.end(), [](const Json& part) {
      return part.at("part") == "change" || part.at("part") == "plan";
    });
  }

  void FinishUnknown(Json answer, const std::string& problem) {
    Log("persona", LogLevel::kWarn, "no verdict that can be used",
        {{"persona", persona_->id}, {"problem", problem}});
    answer["status"] = "unknown";
    answer["problem"] = Gist(problem, kMostProblemBytes);
    Finish(Code::kOk, std::move(answer));
  }

  void Repair(const std::string& text, const std::string& problem) {
    repaired_ = true;
    prompt_.turns.push_back({{"role", "assistant"}, {"content", text}});
    prompt_.turns.push_back(
        {{"role", "user"},
         {"content", "That answer can not be used: " + problem +
                         ". Answer again with nothing but one JSON object in a fenced block."}});
    Send();
  }

  // The whole prompt, however much of it the model took: a cassette is for any model.
  void Record(const Json& answer) {
    if (asker_.options_.record.empty()) return;
    std::ofstream file(asker_.options_.record, std::ios::app | std::ios::binary);
    file << Dump({{"persona", persona_->id},
                  {"model", model_},
                  {"messages", MessagesOf(prompt_)},
                  {"answer", answer}})
         << "\n";
    if (!file.flush())
      Log("persona", LogLevel::kError, "cannot record an answer",
          {{"file", asker_.options_.record.string()}});
  }

  void Finish(Code code, Json json) {
    Done done = std::move(done_);
    done_ = nullptr;
    if (done) done(code, std::move(json));
  }

  ModelAsker& asker_;
  std::string backend_id_;
  std::shared_ptr<plugin::Instance> backend_;
  std::shared_ptr<const workflow::Persona> persona_;
  Payer payer_;
  std::string model_;
  ContextWindow& window_;
  Prompt prompt_;             // all of it
  const std::string change_;  // a diff in which its findings have their places; empty: none
  std::int64_t reply_tokens_;
  std::int64_t estimate_ = 0;       // of what was sent last
  std::int64_t prompt_tokens_ = 0;  // the same as the server is thought to count it
  Json left_out_ = Json::array();   // of what was sent last
  int fittings_ = 0;
  std::int64_t deadline_unix_ms_;
  std::int64_t asked_unix_ms_ = 0;  // for the first time
  std::int64_t sent_unix_ms_ = 0;   // the last time
  bool is_asked_ = false;           // and has not ended yet
  bool is_warned_ = false;          // the persona, of a budget that is nearly used up
  Done done_;
  std::unique_ptr<schema::Schema> schema_;
  plugin::Ticket ticket_ = 0;
  TimerId pause_ = 0;  // until a busy server is asked again
  bool repaired_ = false;
  Json cost_ = Json::object();  // `usage` of both turns
};

namespace {

std::string Lookup(const std::map<std::string, std::string>& map, const std::string& key,
                   std::string fallback) {
  auto it = map.find(key);
  return it == map.end() || it->second.empty() ? std::move(fallback) : it->second;
}

}  // namespace

ModelAsker::ModelAsker(Loop& loop, plugin::Calls& calls, Ledger* ledger, const WorkerOptions& options)
    : loop_(loop), calls_(calls), ledger_(ledger), options_(options) {}

ModelAsker::Stop ModelAsker::Ask(std::shared_ptr<const workflow::Persona> persona, const Payer& payer,
                                 const Json& request, const Json& input, std::vector<PromptFile> files,
                                 std::int64_t deadline_unix_ms, Done done) {
  std::string id = Lookup(options_.backends, persona->id,
                          persona->backend.empty() ? options_.default_backend : persona->backend);
  std::shared_ptr<plugin::Instance>& backend = backends_[id];
  if (!backend) {
    auto settings = options_.backend_settings.find(id);
    auto opened =
        calls_.Open(plugin::Kind::kBackend, id,
                    settings == options_.backend_settings.end() ? Json::object() : settings->second);
    if (!opened.ok()) {
      const Status status = opened.status().Within("persona " + persona->id);
      done(status.code(), {{"message", status.message()}});
      return [] {};
    }
    backend = *opened;
  }
  Prompt prompt = ComposePrompt(*persona, request, input, files);
  std::string model = Lookup(options_.models, persona->id, persona->model);
  std::string change;
  if (persona->verdict_schema && HasPlaces(*persona->verdict_schema))
    change = GetString(GetMember(request, "payload"), "change");
  auto question = std::make_shared<Question>(*this, id, backend, persona, payer, model, std::move(prompt),
                                             std::move(change), deadline_unix_ms, done);
  if (Status ready = question->Prepare(); !ready.ok()) {
    done(ready.code(), {{"message", ready.message()}});
    return [] {};
  }
  question->Send();
  // The open call keeps the question.
  return [weak = std::weak_ptr(question)] {
    if (auto open = weak.lock()) open->Stop();
  };
}

std::int64_t SmallestWindow(const workflow::Persona& persona) {
  const Prompt prompt = ComposePrompt(persona, Json::object(), Json::object(), {});
  return SmallestEstimate(prompt) * 4 / 3;  // an answer gets up to a quarter
}

std::shared_ptr<void> AskPersona(Loop& loop, plugin::Calls& calls, const WorkerOptions& options,
                                 std::shared_ptr<const workflow::Persona> persona, const Json& request,
                                 std::int64_t deadline_unix_ms, std::function<void(Code, Json)> done) {
  auto asker = std::make_shared<ModelAsker>(loop, calls, nullptr, options);
  asker->Ask(std::move(persona), {}, request, Json::object(), {}, deadline_unix_ms, std::move(done));
  return asker;
}

}  // namespace mamc::worker
