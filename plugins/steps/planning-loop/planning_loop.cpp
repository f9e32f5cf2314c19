// planning-loop: planner, evaluator and gate in turn until both say pass, with the history of what was
// rejected and why.
//
// A loop decides only on its input and its children's results, so that the host can replay it. What it sends
// becomes prompts: equal runs must send equal payloads, hence no ids, times, paths or commits in them.
#include <mamc/cpp/plugin.hpp>

#include "mamc/notes/notes.hpp"
#include "plan_check.hpp"

namespace {

using namespace mamc::sdk;

struct Settings {
  int max_iterations;
  bool tdd_required;
  std::string planner;
  std::string evaluator;
  std::optional<std::string> gate;
  Json payload;  // what the workflow wrote beside the loop's own parameters
};

Settings Read(Json params) {
  Settings settings{
      .max_iterations = params.value("maxIterations", 10),
      .tdd_required = params.value("tddRequired", false),
      .planner = params.value("planner", "implementation-planner"),
      .evaluator = params.value("evaluator", "plan-evaluator"),
      .gate = "project-manager",
      .payload = Json::object(),
  };
  if (const auto gate = params.find("gate"); gate != params.end())
    settings.gate = gate->is_null() ? std::nullopt : std::optional(gate->get<std::string>());
  for (const char* own : {"maxIterations", "tddRequired", "planner", "evaluator", "gate"}) params.erase(own);
  settings.payload = std::move(params);
  return settings;
}

std::string Text(const Json& answer, const char* member) {
  const auto found = answer.find(member);
  return found != answer.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

struct Judgement {
  std::string status;
  Json reasons;  // texts; never empty unless the status is pass
};

// On one line and short enough for a sentence.
std::string Excerpt(const std::string& text) {
  constexpr std::size_t kMostBytes = 200;
  std::string line;
  for (char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (space && (line.empty() || line.back() == ' ')) continue;
    line += space ? ' ' : c;
  }
  if (line.size() <= kMostBytes) return line;
  std::size_t end = kMostBytes;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return line.substr(0, end) + " ...";
}

// `problem`: what the host found wrong with the answer; empty when it does not say.
std::string NoVerdict(const std::string& persona, const std::string& problem, const std::string& output) {
  return persona + " gave no verdict that can be used" +
         (problem.empty() ? ", which is \"pass\" or \"fail\"" : " (" + Excerpt(problem) + ")") +
         (IsBlank(output) ? "" : "; it said: " + Excerpt(output));
}

// Only pass is a pass: an answer that cannot be understood lets no plan through, but rejects none either.
Judgement Judge(const std::string& persona, const Json& answer) {
  const std::string status = Text(answer, "status");
  if (status == "pass") return {status, Json::array()};
  Json reasons = Json::array();
  if (const auto verdict = answer.find("verdict"); verdict != answer.end() && verdict->is_object())
    for (const Json& reason : verdict->value("reasons", Json::array()))
      reasons.push_back(reason.is_string() ? reason : Json(reason.dump()));
  const std::string output = Text(answer, "output");
  if (status == "fail") {
    if (reasons.empty()) reasons.push_back(IsBlank(output) ? persona + " gave no reason" : output);
    return {status, reasons};
  }
  if (reasons.empty()) reasons.push_back(NoVerdict(persona, Text(answer, "problem"), output));
  return {"unknown", reasons};
}

std::string Joined(const Json& reasons) {
  std::string text;
  for (const Json& reason : reasons) text += (text.empty() ? "" : "; ") + reason.get<std::string>();
  return text;
}

constexpr const char* kCheckType = "plan-check";

// One run of the loop.
class Loop {
 public:
  Loop(Context& context, const Json& input)
      : context_(context),
        settings_(Read(input.at("params"))),
        notes_(context, input),
        has_repository_(mamc::notes::HasRepository(input)) {}

  Task<Json> Run() {
    earlier_ = co_await notes_.Earlier();
    for (iteration_ = 1; iteration_ <= settings_.max_iterations; ++iteration_) {
      const Json answer = co_await Ask("plan", settings_.planner, PlanPayload());
      const std::string plan = Text(answer, "output");
      judged_ = Json::array();
      Judgement judgement = RejectedUnasked(plan);
      if (judgement.status.empty()) judgement = co_await CheckNames(plan);
      if (judgement.status.empty()) judgement = co_await AskJudges(plan);
      Enter(plan, judgement);
      Json entry = LogEntry(plan, judgement);
      co_await notes_.Add(iteration_, std::move(entry));
      if (judgement.status == "pass") co_return Result(plan);
    }
    ThrowExhausted();
  }

 private:
  // The evaluator first; the gate sees only what it let through.
  Task<Judgement> AskJudges(std::string plan) {
    const Json evaluation = co_await Ask("evaluate", settings_.evaluator, JudgePayload(plan));
    Judgement judgement = Judge(settings_.evaluator, evaluation);
    NoteJudge(settings_.evaluator, judgement);
    if (judgement.status != "pass" || !settings_.gate) co_return judgement;
    const Json approval = co_await Ask("gate", *settings_.gate, JudgePayload(plan));
    judgement = Judge(*settings_.gate, approval);
    NoteJudge(*settings_.gate, judgement);
    co_return judgement;
  }

  void NoteJudge(const std::string& persona, const Judgement& judgement) {
    Json judge;
    judge["persona"] = persona;
    judge["status"] = judgement.status;
    judge["reasons"] = judgement.reasons;
    judged_.push_back(std::move(judge));
  }

  // Rejected without asking: the reasons are ours.
  Json LogEntry(const std::string& plan, const Judgement& judgement) {
    if (judged_.empty()) NoteJudge("planning-loop", judgement);
    Json entry;
    entry["operation"] = "plan";
    entry["status"] = judgement.status;
    entry["plan"] = plan;
    entry["judged"] = judged_;
    return entry;
  }

  // What needs no look: no plan at all, one that was rejected already, or one without a test where tests come
  // first. An empty status: ask.
  Judgement RejectedUnasked(const std::string& plan) const {
    if (IsBlank(plan)) return {"fail", Json::array({"there was no plan in the answer"})};
    if (const Json rejected = RejectedBefore(plan); !rejected.is_null()) {
      Json reasons = Json::array({"this is the plan that was rejected before, unchanged"});
      for (const Json& reason : rejected.at("reasons"))
        if (reason != reasons[0]) reasons.push_back(reason);
      return {"fail", reasons};
    }
    if (settings_.tdd_required && !planning::NamesTest(plan))
      return {"fail", Json::array({planning::kNoTest})};
    return {"", Json::array()};
  }

  // Whether the files are there is seen in the run's workspace, by a step of its own. An empty status: ask.
  Task<Judgement> CheckNames(std::string plan) {
    if (!has_repository_) co_return Judgement{"", Json::array()};
    Json call;
    call["type"] = kCheckType;
    call["params"]["plan"] = std::move(plan);
    const ChildResult end =
        co_await context_.TryChild("check/" + std::to_string(iteration_), "step.run", std::move(call));
    if (end.code == MAMC_E_CANCELLED) throw Failure(end.code, end.message(), end.details());
    if (!end.ok()) {
      context_.Log(MAMC_LOG_WARN, "whether the plan's files exist is not known: " + end.message());
      co_return Judgement{"", Json::array()};
    }
    const Json reasons = end.json.value("result", Json::object()).value("wrong", Json::array());
    co_return Judgement{reasons.empty() ? "" : "fail", reasons};
  }

  // Its latest entry in the history; null: it is another plan than all that were judged.
  Json RejectedBefore(const std::string& plan) const {
    for (auto entry = history_.rbegin(); entry != history_.rend(); ++entry)
      if (entry->at("plan") == plan && entry->at("verdict") == "fail") return *entry;
    return nullptr;
  }

  bool LastIsUnjudged() const { return history_.back().at("verdict") == "unknown"; }

  Task<Json> Ask(std::string step, std::string persona, Json payload) {
    const std::string key = step + "/" + std::to_string(iteration_);
    Json request;
    request["persona"] = persona;
    request["intent"] = step == "gate" ? "approve" : step;
    request["payload"] = std::move(payload);
    request["judges"] = step != "plan";
    ChildResult end = co_await context_.TryChild(key, "persona.request", std::move(request));
    if (!end.ok()) throw Failure(end.code, persona + " (" + key + "): " + end.message(), end.details());
    co_return std::move(end.json);
  }

  Json SharedPayload() const {
    Json payload = settings_.payload;
    payload["iteration"] = iteration_;
    payload["tdd_required"] = settings_.tdd_required;
    payload["history"] = history_;
    return payload;
  }
  Json PlanPayload() const {
    Json payload = SharedPayload();
    payload.update(earlier_);
    return payload;
  }
  // Who judges a plan needs all that the planner was told of this run; how other plans have fared is nothing
  // to judge this one by.
  Json JudgePayload(const std::string& plan) const {
    Json payload = SharedPayload();
    payload["plan"] = plan;
    return payload;
  }

  void Enter(const std::string& plan, const Judgement& judgement) {
    Json entry;
    entry["iteration"] = iteration_;
    entry["plan"] = plan;
    entry["verdict"] = judgement.status;
    entry["reasons"] = judgement.reasons;
    history_.push_back(std::move(entry));
  }

  Json Result(const std::string& plan) const {
    Json result;
    result["plan"] = plan;
    result["iterations"] = iteration_;
    result["history"] = history_;
    result["state"]["plan"] = plan;
    result["state"]["planning_iterations"] = iteration_;
    return result;
  }

  [[noreturn]] void ThrowExhausted() const {
    Json details;
    details["iterations"] = settings_.max_iterations;
    details["history"] = history_;
    throw Failure(MAMC_E_FAILED,
                  "no plan was accepted in " + std::to_string(settings_.max_iterations) +
                      " iterations; the last was " + (LastIsUnjudged() ? "not judged: " : "rejected: ") +
                      Joined(history_.back().at("reasons")),
                  details);
  }

  Context& context_;
  const Settings settings_;
  mamc::notes::Notes notes_;
  const bool has_repository_;
  Json earlier_ = Json::object();  // told of earlier runs of the task
  int iteration_ = 0;
  Json judged_ = Json::array();  // who said what of the latest plan
  Json history_ = Json::array();
};

class PlanningLoop final : public Step {
 public:
  explicit PlanningLoop(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    Loop loop(context, input);
    Json result = co_await loop.Run();
    co_return result;
  }
};

class PlanCheck final : public Step {
 public:
  explicit PlanCheck(const Json& /*settings*/) {}

  Task<Json> Run(Context& /*context*/, Json input) override {
    const std::string root = Text(input.value("workspace", Json::object()), "path");
    Json result;
    result["wrong"] = planning::WrongFiles(input.at("params").at("plan").get<std::string>(), root);
    co_return result;
  }
};

}  // namespace

MAMC_PLUGIN(Provide<PlanningLoop>("step", "planning-loop"), Provide<PlanCheck>("step", kCheckType))
