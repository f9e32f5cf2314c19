// The floor: the commands that a request and its answer take, by blocking hiredis calls, with the fields of
// docs/messages.md.
#include <hiredis/hiredis.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <stdexcept>

#include "round_trips.hpp"

namespace mamc::bench {
namespace {

constexpr const char* kBlockMs = "100";

using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

class Connection {
 public:
  explicit Connection(int port) : context_(redisConnect("127.0.0.1", port), &redisFree) {
    if (!context_ || context_->err != 0) throw std::runtime_error("hiredis: cannot connect");
  }
  template <class... Words>
  void Append(Words... words) {
    const char* texts[] = {words...};
    redisAppendCommandArgv(context_.get(), sizeof...(words), texts, nullptr);
  }
  Reply Take() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK) throw std::runtime_error(context_->errstr);
    Reply owned(static_cast<redisReply*>(reply), &freeReplyObject);
    if (owned->type == REDIS_REPLY_ERROR) throw std::runtime_error(owned->str);
    return owned;
  }

 private:
  std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

// The entries of the one stream that was read: none when the time to block was over.
struct Entries {
  explicit Entries(const redisReply& reply)
      : list(reply.type == REDIS_REPLY_ARRAY ? reply.element[0]->element[1] : nullptr) {}
  std::size_t size() const { return list == nullptr ? 0 : list->elements; }
  const char* id(std::size_t at) const { return list->element[at]->element[0]->str; }
  std::string field(std::size_t at, const std::string& name) const {
    const redisReply& fields = *list->element[at]->element[1];
    for (std::size_t i = 0; i + 1 < fields.elements; i += 2)
      if (fields.element[i]->str == name) return fields.element[i + 1]->str;
    return {};
  }
  const redisReply* list;
};

void SendRequest(Connection& connection, const Lane& lane, std::size_t number) {
  const std::string corr_id = "c" + std::to_string(number);
  connection.Append("XADD", lane.requests.c_str(), "*", "workflow_id", "bench", "step", "bench", "from",
                    "coordination", "to_persona", "bench", "intent", "work", "payload", "{}", "corr_id",
                    corr_id.c_str(), "deadline_s", "600");
}

double Trips(Connection& connection, const Lane& lane, std::size_t first, std::size_t count,
             std::size_t in_flight, std::string& from) {
  const std::string most = std::to_string(in_flight);
  const auto before = std::chrono::steady_clock::now();
  std::size_t sent = 0, answered = 0, unread = 0;
  while (answered < count) {
    for (; sent < count && sent - answered < in_flight; ++sent, ++unread)
      SendRequest(connection, lane, first + sent);
    connection.Append("XREAD", "COUNT", most.c_str(), "BLOCK", kBlockMs, "STREAMS", lane.events.c_str(),
                      from.c_str());
    for (; unread > 0; --unread) connection.Take();
    const Reply reply = connection.Take();
    const Entries events(*reply);
    for (std::size_t i = 0; i < events.size(); ++i)
      if (events.field(i, "status") == "done") ++answered;
    if (events.size() > 0) from = events.id(events.size() - 1);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

bool InputEnded() {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) != 0;
}

}  // namespace

double BareRoundTrips(const Lane& lane, std::size_t count, std::size_t in_flight) {
  Connection connection(lane.port);
  connection.Append("XREVRANGE", lane.events.c_str(), "+", "-", "COUNT", "1");
  const Reply last = connection.Take();
  std::string from = last->elements == 0 ? "0" : last->element[0]->element[0]->str;
  Trips(connection, lane, 0, in_flight * 10, in_flight, from);
  return Trips(connection, lane, in_flight * 10, count, in_flight, from);
}

void BareWorker(const Lane& lane, std::size_t in_flight) {
  Connection connection(lane.port);
  const std::string most = std::to_string(in_flight);
  while (!InputEnded()) {
    connection.Append("XREADGROUP", "GROUP", lane.group.c_str(), "worker", "COUNT", most.c_str(), "BLOCK",
                      kBlockMs, "STREAMS", lane.requests.c_str(), ">");
    const Reply reply = connection.Take();
    const Entries requests(*reply);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const std::string corr_id = requests.field(i, "corr_id");
      connection.Append("XADD", lane.events.c_str(), "*", "workflow_id", "bench", "step", "bench",
                        "from_persona", "bench", "status", "done", "result", "{}", "corr_id", corr_id.c_str(),
                        "timestamp", "0", "duration_ms", "0");
      connection.Append("XACK", lane.requests.c_str(), lane.group.c_str(), requests.id(i));
    }
    for (std::size_t i = 0; i < 2 * requests.size(); ++i) connection.Take();
  }
}

}  // namespace mamc::bench
