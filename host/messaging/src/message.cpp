#include "mamc/messaging/message.hpp"

#include <algorithm>
#include <charconv>

namespace mamc::messaging {
namespace {

constexpr std::int64_t kLongestDeadlineS = 30 * 24 * 3600;

std::string Get(const Fields& fields, const char* name) {
  auto it = fields.find(name);
  return it == fields.end() ? std::string() : it->second;
}

std::int64_t GetNumber(const Fields& fields, const char* name) {
  std::string text = Get(fields, name);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void Put(Fields& fields, const char* name, const std::string& value) {
  if (!value.empty()) fields[name] = value;
}

}  // namespace

Fields Request::ToFields() const {
  // The fields that the wire format requires are there even when they are empty.
  Fields fields = {{"workflow_id", workflow_id},
                   {"step", step},
                   {"to_persona", to_persona},
                   {"intent", intent},
                   {"payload", Dump(payload)},
                   {"corr_id", corr_id},
                   {"deadline_s", std::to_string(deadline_s)}};
  Put(fields, "task_id", task_id);
  Put(fields, "from", from);
  Put(fields, "repo", repo);
  Put(fields, "branch", branch);
  Put(fields, "base", base);
  Put(fields, "project_id", project_id);
  Put(fields, "commit", commit);
  fields["attempt"] = std::to_string(attempt);
  return fields;
}

Result<Request> Request::FromFields(const Fields& fields) {
  Request request;
  request.to_persona = Get(fields, "to_persona");
  request.corr_id = Get(fields, "corr_id");
  if (request.to_persona.empty()) return Invalid("request without to_persona");
  if (request.corr_id.empty()) return Invalid("request without corr_id");
  std::string payload = Get(fields, "payload");
  auto parsed = ParseJson(payload.empty() ? "{}" : payload);
  if (!parsed.ok()) return parsed.status().Within("request " + request.corr_id + ": payload");
  if (!parsed->is_object()) return Invalid("request " + request.corr_id + ": payload is not an object");
  request.payload = std::move(*parsed);
  request.workflow_id = Get(fields, "workflow_id");
  request.task_id = Get(fields, "task_id");
  request.step = Get(fields, "step");
  request.from = Get(fields, "from");
  request.intent = Get(fields, "intent");
  request.deadline_s = std::clamp<std::int64_t>(GetNumber(fields, "deadline_s"), 0, kLongestDeadlineS);
  request.repo = Get(fields, "repo");
  request.branch = Get(fields, "branch");
  request.base = Get(fields, "base");
  request.project_id = Get(fields, "project_id");
  request.commit = Get(fields, "commit");
  request.attempt = static_cast<int>(std::clamp<std::int64_t>(GetNumber(fields, "attempt"), 1, 1000));
  return request;
}

Fields Event::ToFields() const {
  Fields fields = {{"workflow_id", workflow_id},
                   {"from_persona", from_persona},
                   {"status", status},
                   {"corr_id", corr_id},
                   {"timestamp", std::to_string(timestamp_ms)}};
  Put(fields, "task_id", task_id);
  Put(fields, "step", step);
  if (!result.is_null()) fields["result"] = Dump(result);
  Put(fields, "error", error);
  if (duration_ms != 0) fields["duration_ms"] = std::to_string(duration_ms);
  return fields;
}

Result<Event> Event::FromFields(const Fields& fields) {
  Event event;
  event.corr_id = Get(fields, "corr_id");
  event.status = Get(fields, "status");
  if (event.corr_id.empty()) return Invalid("event without corr_id");
  if (event.status.empty()) return Invalid("event " + event.corr_id + " without status");
  event.workflow_id = Get(fields, "workflow_id");
  event.task_id = Get(fields, "task_id");
  event.step = Get(fields, "step");
  event.from_persona = Get(fields, "from_persona");
  event.error = Get(fields, "error");
  event.timestamp_ms = GetNumber(fields, fields.contains("timestamp") ? "timestamp" : "ts");
  event.duration_ms = GetNumber(fields, "duration_ms");
  if (std::string result = Get(fields, "result"); !result.empty()) {
    auto parsed = ParseJson(result);
    // A foreign worker may send plain text.
    event.result = parsed.ok() ? std::move(*parsed) : Json{{"output", result}};
  }
  return event;
}

}  // namespace mamc::messaging
