// Persona requests and events as they travel: every value a string, unknown fields kept, so that a foreign
// worker or coordinator that speaks the same streams can join. docs/messages.md lists the fields.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "mamc/base/json.hpp"
#include "mamc/base/status.hpp"

namespace mamc::messaging {

using Fields = std::map<std::string, std::string>;

struct Request {
  std::string workflow_id;
  std::string task_id;
  std::string step;
  std::string from;
  std::string to_persona;
  std::string intent;
  Json payload = Json::object();
  std::string corr_id;
  std::int64_t deadline_s = 0;  // from the message's own time; 0: none
  std::string repo;
  std::string branch;
  std::string base;
  std::string project_id;
  std::string commit;
  int attempt = 1;

  Fields ToFields() const;
  // A request without to_persona or corr_id, or with a payload that is not JSON, is malformed; the message
  // says which.
  static Result<Request> FromFields(const Fields& fields);
};

struct Event {
  std::string workflow_id;
  std::string task_id;
  std::string step;
  std::string from_persona;
  std::string status;  // progress | done | error | cancel
  Json result;
  std::string error;
  std::string corr_id;
  std::int64_t timestamp_ms = 0;
  std::int64_t duration_ms = 0;

  Fields ToFields() const;
  static Result<Event> FromFields(const Fields& fields);
};

// The corr_id under which coordinators tell of a task: no request has it.
inline std::string TaskCorrId(const std::string& project, const std::string& task) {
  return "task:" + project + ":" + task;
}

}  // namespace mamc::messaging
