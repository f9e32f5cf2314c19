#include "model_asker.hpp"

#include <mamc/backend.h>

#include <fstream>

#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "usage.hpp"
#include "verdict.hpp"

namespace mamc::worker {
namespace {

// For a busy server, when no time is set for the answer.
constexpr std::int64_t kLongestPauseMs = 600'000;
constexpr std::size_t kMostProblemBytes = 1000;  // a long list of findings may lack a lot

}  // namespace

class ModelAsker::Question final : public plugin::ServedObserver,
                                   public std::enable_shared_from_this<Question> {
 public:
  Question(ModelAsker& asker, std::string backend_id, std::shared_ptr<plugin::Instance> backend,
           std::shared_ptr<const workflow::Persona> persona, std::string model, Json messages,
           std::int64_t deadline_unix_ms, Done done)
      : ServedObserver(asker.calls_),
        asker_(asker),
        backend_id_(std::move(backend_id)),
        backend_(std::move(backend)),
        persona_(std::move(persona)),
        model_(std::move(model)),
        messages_(std::move(messages)),
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
    Json input = {{"persona", persona_->id},
                  {"model", model_},
                  {"messages", messages_},
                  {"options", persona_->options}};
    if (schema_) input["schema"] = *persona_->verdict_schema;
    plugin::CallInfo info;
    info.verb = MAMC_BACKEND_ASK;
    // Both by the host's clock: what lies between them is the time that there is.
    info.started_unix_ms = asker_.loop_.clock().UnixMs();
    if (asked_unix_ms_ == 0) asked_unix_ms_ = info.started_unix_ms;
    info.deadline_unix_ms = deadline_unix_ms_;
    ticket_ = asker_.calls_.Start(backend_, info, Dump(input), shared_from_this(), asker_.options_.context);
  }

  void Stop() {
    done_ = nullptr;
    asker_.loop_.Cancel(pause_);
    asker_.calls_.Cancel(ticket_, Code::kCancelled);
  }

  void OnComplete(plugin::Ticket, plugin::Outcome outcome, bool) override {
    if (!done_) return;
    if (outcome.code == Code::kUnavailable && WaitsForServer(outcome)) return;
    if (RanOutOfTime(outcome.code)) return Finish(OutOfTime(outcome));
    if (outcome.code < Code::kOk)
      return Finish(Status(outcome.code, "persona " + persona_->id + ": " + outcome.Message()));
    auto answer = ParseJson(outcome.json);
    if (!answer.ok()) return Finish(answer.status());
    Record(*answer);
    Judge(std::move(*answer));
  }

 private:
  // A backend that stops as it is told may only know that it was stopped. Who does not want the answer any
  // more (Stop) hears nothing of it.
  bool RanOutOfTime(Code code) const {
    return (code == Code::kTimeout || code == Code::kCancelled) && deadline_unix_ms_ != 0 &&
           asker_.loop_.clock().UnixMs() >= deadline_unix_ms_;
  }

  Status OutOfTime(const plugin::Outcome& outcome) const {
    const std::int64_t waited_ms = asker_.loop_.clock().UnixMs() - asked_unix_ms_;
    return {Code::kTimeout, "persona " + persona_->id + ": the backend '" + backend_id_ +
                                "' did not answer within " + std::to_string(waited_ms) +
                                " ms: " + outcome.Message()};
  }

  // A busy server may say when it is to be asked again: true when that is before the answer is due.
  bool WaitsForServer(const plugin::Outcome& outcome) {
    auto error = ParseJson(outcome.json);
    if (!error.ok()) return false;
    const std::int64_t wait_ms = GetInt(GetMember(*error, "details"), "retry_after_ms");
    const std::int64_t left_ms =
        deadline_unix_ms_ == 0 ? kLongestPauseMs : deadline_unix_ms_ - asker_.loop_.clock().UnixMs();
    if (wait_ms <= 0 || wait_ms >= left_ms) return false;
    Log("persona", LogLevel::kWarn, "the model server is busy and is asked again",
        {{"persona", persona_->id}, {"wait_ms", std::to_string(wait_ms)}, {"error", outcome.Message()}});
    pause_ = asker_.loop_.After(Milliseconds(wait_ms), [self = shared_from_this()] { self->Send(); });
    return true;
  }

  void Judge(Json answer) {
    std::string text = WithoutReasoning(GetString(answer, "text"));
    answer["text"] = text;
    AddUsage(cost_, GetMember(answer, "usage"));
    answer.update(cost_);
    if (!schema_) return Finish(std::move(answer));
    // What was cut may have gone on to say the opposite.
    bool cut = MeansCut(GetString(answer, "finish"));
    auto verdict = cut ? Invalid("it was cut at the limit of its length") : FindVerdict(text, *schema_);
    if (verdict.ok()) {
      answer["verdict"] = *verdict;
      answer["status"] = VerdictStatus(*verdict);
      return Finish(std::move(answer));
    }
    const std::string problem = verdict.status().message();
    if (!repaired_) return Repair(text, problem);
    Log("persona", LogLevel::kWarn, "no verdict that can be used",
        {{"persona", persona_->id}, {"problem", problem}});
    answer["status"] = "unknown";
    answer["problem"] = Gist(problem, kMostProblemBytes);
    Finish(std::move(answer));
  }

  void Repair(const std::string& text, const std::string& problem) {
    repaired_ = true;
    messages_.push_back({{"role", "assistant"}, {"content", text}});
    messages_.push_back(
        {{"role", "user"},
         {"content", "That answer can not be used: " + problem +
                         ". Answer again with nothing but one JSON object in a fenced block."}});
    Send();
  }

  void Record(const Json& answer) {
    if (asker_.options_.record.empty()) return;
    std::ofstream file(asker_.options_.record, std::ios::app | std::ios::binary);
    file << Dump({{"persona", persona_->id}, {"model", model_}, {"messages", messages_}, {"answer", answer}})
         << "\n";
    if (!file.flush())
      Log("persona", LogLevel::kError, "cannot record an answer",
          {{"file", asker_.options_.record.string()}});
  }

  void Finish(Result<Json> outcome) {
    Done done = std::move(done_);
    done_ = nullptr;
    if (done) done(std::move(outcome));
  }

  ModelAsker& asker_;
  std::string backend_id_;
  std::shared_ptr<plugin::Instance> backend_;
  std::shared_ptr<const workflow::Persona> persona_;
  std::string model_;
  Json messages_;
  std::int64_t deadline_unix_ms_;
  std::int64_t asked_unix_ms_ = 0;  // for the first time
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

ModelAsker::ModelAsker(Loop& loop, plugin::Calls& calls, const WorkerOptions& options)
    : loop_(loop), calls_(calls), options_(options) {}

ModelAsker::Stop ModelAsker::Ask(std::shared_ptr<const workflow::Persona> persona, const Json& request,
                                 const Json& input, std::vector<PromptFile> files,
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
      done(opened.status().Within("persona " + persona->id));
      return [] {};
    }
    backend = *opened;
  }
  Json messages = ComposeMessages(*persona, request, input, files);
  std::string model = Lookup(options_.models, persona->id, persona->model);
  auto question = std::make_shared<Question>(*this, id, backend, persona, model, std::move(messages),
                                             deadline_unix_ms, done);
  if (Status ready = question->Prepare(); !ready.ok()) {
    done(ready);
    return [] {};
  }
  question->Send();
  // The open call keeps the question.
  return [weak = std::weak_ptr(question)] {
    if (auto open = weak.lock()) open->Stop();
  };
}

}  // namespace mamc::worker
