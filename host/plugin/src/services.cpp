#include "services.hpp"

#include <cstring>
#include <utility>

#include "abi_text.hpp"
#include "mamc/base/json.hpp"
#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "mamc/step.h"
#include "tickets.hpp"

namespace mamc::plugin {
namespace {

constexpr std::size_t kMaxLogLine = 4096;
constexpr std::size_t kMaxKey = 1024;
// What may wait for the loop from one call. A plugin that goes on in spite of MAMC_AGAIN is refused there.
constexpr std::size_t kMaxUnconsumedBytes = 64u << 20;
constexpr std::size_t kMaxUnconsumedEmits = 100'000;

PluginHost& HostOf(void* context) {
  return *static_cast<PluginHost*>(context);
}

std::shared_ptr<CallRecord> Open(void* context, mamc_ticket ticket) {
  auto record = Tickets().Find(ticket, &HostOf(context));
  return record && !record->ended() ? record : nullptr;
}

void LogMisbehaviour(const CallRecord& record, const std::string& what) {
  Log("plugin", LogLevel::kError, "plugin misbehaving: " + what,
      {{"plugin", record.instance->plugin_id},
       {"type", record.instance->type.id},
       {"ticket", std::to_string(record.ticket)}});
}

// The sentence of a failed call: what the plugin said, completed when it said nothing.
std::string FailureJson(const Json& said, std::string text, Code code) {
  if (said.is_object() && said.contains("message") && said["message"].is_string()) return text;
  Json failure = {{"message", "failed without a message (" + std::string(CodeName(code)) + ")"}};
  if (!said.is_null()) failure["details"] = said;
  return Dump(failure);
}

// What is wrong with a result, or nothing.
std::string ResultProblem(const CallRecord& record, const Json& result) {
  if (record.instance->type.kind != Kind::kStep || record.info.verb != MAMC_STEP_RUN) return {};
  auto violations = record.instance->type.result->Validate(result);
  return violations.empty() ? std::string() : schema::Describe(violations, "result");
}

mamc_code Misbehaved(CallEvent& event, const std::string& what, Code code) {
  LogMisbehaviour(*event.record, what);
  event.code = Code::kInternal;
  event.json = MessageJson("plugin misbehaving: " + event.record->instance->plugin_id + " " + what);
  return static_cast<mamc_code>(code);
}

// Fills in the outcome that a complete means; the return value is what the plugin is told.
mamc_code JudgeResult(CallEvent& event, mamc_code code, std::string_view json) {
  event.code = ToCode(code);
  if (code < 0 && json.empty()) {
    event.json = FailureJson(Json(), {}, event.code);
    return MAMC_OK;
  }
  Result<Json> parsed = ParseJson(json);
  if (!parsed.ok())
    return Misbehaved(event, "completed with a bad result: " + parsed.status().message(),
                      parsed.status().code());
  if (code < 0) {
    event.json = FailureJson(*parsed, std::string(json), event.code);
    return MAMC_OK;
  }
  if (std::string problem = ResultProblem(*event.record, *parsed); !problem.empty())
    return Misbehaved(event, "completed with a result that its schema does not allow: " + problem,
                      Code::kInvalid);
  event.json = json;
  return MAMC_OK;
}

mamc_code MAMC_CALL Complete(void* context, mamc_ticket ticket, mamc_code code, mamc_str json) {
  auto record = Tickets().Find(ticket, &HostOf(context));
  if (!record || !record->ClaimEnd()) return MAMC_E_STALE;
  CallEvent event{.kind = CallEvent::Kind::kComplete, .record = record};
  mamc_code answer = JudgeResult(event, code, View(json));
  record->inbox->Push(std::move(event));
  return answer;
}

mamc_code MAMC_CALL Emit(void* context, mamc_ticket ticket, mamc_str kind, mamc_str json) {
  auto record = Open(context, ticket);
  if (!record) return MAMC_E_STALE;
  if (record->declared_class == CallClass::kInline) return MAMC_E_CLASS;
  if (record->cancelled()) return MAMC_E_CANCELLED;
  if (kind.size > kMaxKey || record->unconsumed_bytes + json.size > kMaxUnconsumedBytes ||
      record->unconsumed_emits >= kMaxUnconsumedEmits)
    return MAMC_E_LIMIT;
  Result<Json> parsed = ParseJson(View(json));
  if (!parsed.ok()) return static_cast<mamc_code>(parsed.status().code());
  if (!IsUtf8(View(kind))) return MAMC_E_INVALID;
  record->unconsumed_bytes += json.size;
  std::size_t unconsumed = ++record->unconsumed_emits;
  bool slow_down = unconsumed > record->emit_credit;
  record->inbox->Push({.kind = CallEvent::Kind::kEmit,
                       .record = record,
                       .first = std::string(View(kind)),
                       .json = std::string(View(json))});
  return slow_down ? MAMC_AGAIN : MAMC_OK;
}

void MAMC_CALL WriteLog(void* context, mamc_ticket ticket, int32_t level, mamc_str text) {
  PluginHost& host = HostOf(context);
  std::string line = HeadAndTail(View(text), kMaxLogLine);
  if (ticket == 0) KeepLogLine(line);
  LogLevel log_level = level <= MAMC_LOG_DEBUG  ? LogLevel::kDebug
                       : level == MAMC_LOG_INFO ? LogLevel::kInfo
                       : level == MAMC_LOG_WARN ? LogLevel::kWarn
                                                : LogLevel::kError;
  if (level == MAMC_LOG_HOST_MISBEHAVING) line = "host misbehaving: " + line;
  if (level >= MAMC_LOG_PLUGIN_MISBEHAVING) line = "plugin misbehaving: " + line;
  if (ticket == 0)
    Log("plugin", log_level, line, {{"plugin", host.plugin_id()}});
  else
    Log("plugin", log_level, line, {{"plugin", host.plugin_id()}, {"ticket", std::to_string(ticket)}});
}

// Child calls come from within a call of the ticket, on the thread that the host makes it on.
bool IsOnItsThread(const CallRecord& record) {
  const CurrentCall& current = ThisThreadsCall();
  if (current.record != &record) return false;
  return record.declared_class != CallClass::kBlocking || current.in_start;
}

mamc_code MAMC_CALL CallChild(void* context, mamc_ticket ticket, mamc_str key, mamc_str service,
                              mamc_str input) {
  auto record = Open(context, ticket);
  if (!record) return MAMC_E_STALE;
  if (record->declared_class == CallClass::kInline || !IsOnItsThread(*record)) return MAMC_E_CLASS;
  if (record->cancelled()) return MAMC_E_CANCELLED;
  if (key.size > kMaxKey || service.size > kMaxKey) return MAMC_E_LIMIT;
  if (key.size == 0 || !IsUtf8(View(key)) || !IsUtf8(View(service))) return MAMC_E_INVALID;
  Result<Json> parsed = ParseJson(View(input));
  if (!parsed.ok()) return static_cast<mamc_code>(parsed.status().code());
  if (mamc_code code = record->OpenChild(View(key)); code != MAMC_OK) return code;
  record->inbox->Push({.kind = CallEvent::Kind::kChildCall,
                       .record = record,
                       .first = std::string(View(key)),
                       .second = std::string(View(service)),
                       .json = std::string(View(input))});
  return MAMC_OK;
}

mamc_code MAMC_CALL CancelChild(void* context, mamc_ticket ticket, mamc_str key) {
  auto record = Open(context, ticket);
  if (!record) return MAMC_E_STALE;
  if (record->declared_class == CallClass::kInline || !IsOnItsThread(*record)) return MAMC_E_CLASS;
  if (mamc_code code = record->DropChild(View(key)); code != MAMC_OK) return code;
  record->inbox->Push(
      {.kind = CallEvent::Kind::kCancelChild, .record = record, .first = std::string(View(key))});
  return MAMC_OK;
}

mamc_code Deliver(const Result<std::string>& value, mamc_sink sink, void* sink_context) {
  if (!value.ok()) return static_cast<mamc_code>(value.status().code());
  if (sink != nullptr) sink(sink_context, Str(*value));
  return MAMC_OK;
}

// The record of a synchronous service, or the code that refuses it.
mamc_code OpenForQuestion(void* context, mamc_ticket ticket, std::shared_ptr<CallRecord>& record) {
  record = Open(context, ticket);
  if (!record) return MAMC_E_STALE;
  return record->declared_class == CallClass::kInline ? MAMC_E_CLASS : MAMC_OK;
}

mamc_code MAMC_CALL GetSecret(void* context, mamc_ticket ticket, mamc_str name, mamc_sink sink,
                              void* sink_context) {
  std::shared_ptr<CallRecord> record;
  if (mamc_code code = OpenForQuestion(context, ticket, record); code != MAMC_OK) return code;
  const auto& declared = record->instance->type.secrets;
  if (std::find(declared.begin(), declared.end(), View(name)) == declared.end()) return MAMC_E_PERMISSION;
  if (!record->context) return MAMC_E_NOT_FOUND;
  Result<std::string> value = record->context->Secret(View(name));
  if (value.ok()) HostOf(context).Mask(*value);
  return Deliver(value, sink, sink_context);
}

mamc_code MAMC_CALL GetState(void* context, mamc_ticket ticket, mamc_str key, mamc_sink sink,
                             void* sink_context) {
  std::shared_ptr<CallRecord> record;
  if (mamc_code code = OpenForQuestion(context, ticket, record); code != MAMC_OK) return code;
  if (!record->context) return MAMC_E_NOT_FOUND;
  return Deliver(record->context->State(View(key)), sink, sink_context);
}

mamc_code MAMC_CALL PutArtifact(void* context, mamc_ticket ticket, mamc_str bytes, mamc_sink sink,
                                void* sink_context) {
  std::shared_ptr<CallRecord> record;
  if (mamc_code code = OpenForQuestion(context, ticket, record); code != MAMC_OK) return code;
  if (!record->context) return MAMC_E_UNSUPPORTED;
  return Deliver(record->context->PutArtifact(View(bytes)), sink, sink_context);
}

mamc_code MAMC_CALL GetArtifact(void* context, mamc_ticket ticket, mamc_str handle, mamc_sink sink,
                                void* sink_context) {
  std::shared_ptr<CallRecord> record;
  if (mamc_code code = OpenForQuestion(context, ticket, record); code != MAMC_OK) return code;
  if (!record->context) return MAMC_E_NOT_FOUND;
  return Deliver(record->context->GetArtifact(View(handle)), sink, sink_context);
}

const void* MAMC_CALL GetService(void* context, const char* id) {
  return HostOf(context).services().Find(id);
}

thread_local LogKeeper* log_keeper = nullptr;

}  // namespace

// ---- ServiceTables ----

void ServiceTables::SetContext(void* context) {
  complete.struct_size = sizeof complete;
  log.struct_size = sizeof log;
  children.struct_size = sizeof children;
  secret.struct_size = sizeof secret;
  state.struct_size = sizeof state;
  artifact.struct_size = sizeof artifact;
  complete.context = log.context = children.context = context;
  secret.context = state.context = artifact.context = context;
}

const void* ServiceTables::Find(const char* id) const {
  if (id == nullptr) return nullptr;
  const std::pair<const char*, const void*> tables[] = {
      {MAMC_SERVICE_COMPLETE, &complete}, {MAMC_SERVICE_LOG, &log},     {MAMC_SERVICE_CHILDREN, &children},
      {MAMC_SERVICE_SECRET, &secret},     {MAMC_SERVICE_STATE, &state}, {MAMC_SERVICE_ARTIFACT, &artifact}};
  for (const auto& [name, table] : tables)
    if (std::strcmp(name, id) == 0) return table;
  return nullptr;
}

// ---- PluginHost ----

PluginHost& PluginHost::For(const std::filesystem::path& file, const std::string& plugin_id) {
  static auto* hosts = new std::map<std::filesystem::path, std::unique_ptr<PluginHost>>;
  std::error_code error;
  std::filesystem::path canonical = std::filesystem::weakly_canonical(file, error);
  auto& host = (*hosts)[error ? file : canonical];
  if (!host) host.reset(new PluginHost(plugin_id));
  return *host;
}

PluginHost::PluginHost(std::string plugin_id) : plugin_id_(std::move(plugin_id)) {
  services_.SetContext(this);
  services_.complete.complete = Complete;
  services_.complete.emit = Emit;
  services_.log.write = WriteLog;
  services_.children.call = CallChild;
  services_.children.cancel_child = CancelChild;
  services_.secret.get = GetSecret;
  services_.state.get = GetState;
  services_.artifact.put = PutArtifact;
  services_.artifact.get = GetArtifact;
  host_.struct_size = sizeof host_;
  host_.context = this;
  host_.get_service = GetService;
}

void PluginHost::Mask(const std::string& secret) {
  {
    std::lock_guard lock(mutex_);
    if (!masked_.insert(secret).second) return;
  }
  MaskSecret(secret);
}

// ---- LogKeeper ----

LogKeeper::LogKeeper() : outer_(std::exchange(log_keeper, this)) {}
LogKeeper::~LogKeeper() {
  log_keeper = outer_;
}
std::string LogKeeper::LastLine(std::string fallback) const {
  return last_.empty() ? std::move(fallback) : last_;
}
void KeepLogLine(std::string_view text) {
  if (log_keeper != nullptr) log_keeper->last_ = text;
}

// ---- words ----

std::string MessageJson(std::string_view message) {
  return Dump({{"message", message}});
}

Code ToCode(mamc_code code) {
  if (code >= 0) return Code::kOk;
  return code >= MAMC_E_INTERNAL ? static_cast<Code>(code) : Code::kFailed;
}

}  // namespace mamc::plugin
