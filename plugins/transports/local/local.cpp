// The transport `local`: streams, groups, leases, values and channels within this process, gone with it.
//
// Implementation: a call that stays open registers with its stream and is given messages by whoever makes
// them available (a PUBLISH, an ACK). Times are watched by the open calls themselves: each sleeps on the
// child service `timer` until something of its stream is due, at most kTickMs, because what another call
// makes due meanwhile cannot wake it.
#include <mamc/transport.h>

#include <chrono>
#include <mamc/cpp/plugin.hpp>
#include <mamc/transport_input.hpp>

#include "names.hpp"
#include "stream.hpp"

namespace local_transport {
namespace {

using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Task;
using namespace mamc::transport_input;

constexpr std::int64_t kTickMs = 250;
constexpr std::int64_t kListenTickMs = std::int64_t{60} * 60 * 1000;  // nothing of a channel is ever due

template <class Clock>
std::int64_t MsOf() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

Now CurrentTime() {
  return {MsOf<std::chrono::system_clock>(), MsOf<std::chrono::steady_clock>()};
}

Took TookOf(mamc_code answer) {
  if (answer == MAMC_AGAIN) return Took::kTakenSlowDown;
  return answer >= 0 ? Took::kTaken : Took::kGone;
}

class EmittingOutlet final : public Outlet {
 public:
  EmittingOutlet(Context& context, bool with_delivery) : context_(context), with_delivery_(with_delivery) {}

  Took Give(const Message& message, int delivery) override {
    Json json = {{"id", message.id.Text()}, {"fields", message.fields}};
    if (with_delivery_) json["delivery"] = delivery;
    return TookOf(context_.Emit("message", json));
  }

 private:
  Context& context_;
  bool with_delivery_;
};

// Undoes a registration at the end of the call that made it.
template <class Undo>
class AtEnd {
 public:
  explicit AtEnd(Undo undo) : undo_(std::move(undo)) {}
  ~AtEnd() { undo_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  Undo undo_;
};

auto Sleep(Context& context, std::uint64_t tick, std::int64_t delay_ms) {
  return context.Child("tick/" + std::to_string(tick), "timer", {{"delay_ms", delay_ms}});
}

class LocalTransport final : public mamc::sdk::Type {
 public:
  explicit LocalTransport(const Json& settings)
      : max_messages_(settings.value("max_messages", std::size_t{100000})), values_(max_messages_) {}

  Task<Json> Call(Context& context, Json input) override {
    if (!input.is_object()) throw Failure(MAMC_E_INVALID, "The transport needs an object as input.");
    switch (context.verb()) {
      case MAMC_TRANSPORT_READ:
        co_return co_await Read(context, std::move(input));
      case MAMC_TRANSPORT_CONSUME:
        co_return co_await Consume(context, std::move(input));
      case MAMC_TRANSPORT_LISTEN:
        co_return co_await Listen(context, std::move(input));
      default:
        co_return Answer(context.verb(), input);
    }
  }

 private:
  Json Answer(std::uint32_t verb, const Json& input) {
    switch (verb) {
      case MAMC_VERB_SELFTEST:
        return {{"ok", true},
                {"facts",
                 {"messages stay within this process; " + std::to_string(streams_.size()) +
                  " streams are open"}}};
      case MAMC_TRANSPORT_PUBLISH:
        return {{"id", StreamOf(input).Publish(Fields(input), CurrentTime()).Text()}};
      case MAMC_TRANSPORT_ACK:
        return Ack(input);
      case MAMC_TRANSPORT_EXTEND:
        return Extend(input);
      case MAMC_TRANSPORT_RELEASE:
        return Release(input);
      case MAMC_TRANSPORT_DEAD:
        return Dead(input);
      case MAMC_TRANSPORT_DEAD_LIST:
        return {{"messages", StreamOf(input).DeadList()}};
      case MAMC_TRANSPORT_DEAD_REPLAY:
        return {{"id", StreamOf(input).DeadReplay(IdOf(input), CurrentTime()).Text()}};
      case MAMC_TRANSPORT_DEAD_DROP:
        StreamOf(input).DeadDrop(IdOf(input));
        return Json::object();
      case MAMC_TRANSPORT_LEASE:
        return leases_.Lease(Name(input, "name"), Name(input, "owner"),
                             Number(input, "ttl_ms", 0, kLongestMs), CurrentTime());
      case MAMC_TRANSPORT_PUT:
        return Put(input);
      case MAMC_TRANSPORT_GET:
        return values_.Get(Name(input, "key"), CurrentTime());
      case MAMC_TRANSPORT_NOTIFY:
        return Notify(input);
      default:
        throw Failure(MAMC_E_UNSUPPORTED, "The transport 'local' has no verb " + std::to_string(verb) + ".");
    }
  }

  Task<Json> Read(Context& context, Json input) {
    Stream& stream = StreamOf(input);
    EmittingOutlet outlet(context, false);
    Reader reader{outlet, 0, static_cast<std::size_t>(Number(input, "credit", 1, 1'000'000))};
    stream.AddReader(reader, Text(input, "from"));
    const AtEnd leave([&] { stream.RemoveReader(reader); });
    for (std::uint64_t tick = 0;; ++tick) {
      const bool more = stream.Serve(reader);
      co_await Sleep(context, tick, more && !reader.slowed ? 0 : kTickMs);
    }
  }

  Task<Json> Consume(Context& context, Json input) {
    Group& group = StreamOf(input).GroupNamed(Name(input, "group"));
    EmittingOutlet outlet(context, true);
    Consumer consumer{outlet, Name(input, "consumer"),
                      static_cast<std::size_t>(Number(input, "credit", 1, 1'000'000)),
                      Number(input, "idle_ms", 1, kLongestMs)};
    group.Join(consumer, CurrentTime().steady_ms);
    const AtEnd leave([&] { group.Leave(consumer); });
    for (std::uint64_t tick = 0;; ++tick) {
      const std::int64_t due_in_ms = group.Tick(consumer, CurrentTime().steady_ms).value_or(kTickMs);
      co_await Sleep(context, tick, std::min(due_in_ms, kTickMs));
    }
  }

  Task<Json> Listen(Context& context, Json input) {
    std::list<Context*>& listeners = channels_[Name(input, "channel")];
    const auto place = listeners.insert(listeners.end(), &context);
    const AtEnd leave([&] { listeners.erase(place); });
    for (std::uint64_t tick = 0;; ++tick) co_await Sleep(context, tick, kListenTickMs);
  }

  Json Notify(const Json& input) {
    const Json notice = {{"text", Text(input, "text")}};
    const auto channel = channels_.find(Name(input, "channel"));
    if (channel == channels_.end()) return Json::object();
    for (Context* listener : channel->second)
      listener->Emit("notice", notice);  // best effort: a slow listener misses it
    return Json::object();
  }

  Json Ack(const Json& input) {
    Stream& stream = StreamOf(input);
    stream.ExistingGroup(Name(input, "group"));
    // What is not kept any more is acknowledged already: an acknowledgement may come twice.
    if (const auto position = stream.PositionOf(IdOf(input)))
      stream.Acknowledge(Name(input, "group"), *position, CurrentTime());
    return Json::object();
  }

  Json Extend(const Json& input) {
    Stream& stream = StreamOf(input);
    Group& group = stream.ExistingGroup(Name(input, "group"));
    const auto position = stream.PositionOf(IdOf(input));
    const std::string consumer = Name(input, "consumer");
    if (position && group.Extend(*position, consumer, CurrentTime().steady_ms)) return Json::object();
    throw Failure(MAMC_E_STALE, "The message " + Text(input, "id") + " does not belong to " + consumer +
                                    " any more: it was acknowledged, released or given to somebody else.");
  }

  Json Release(const Json& input) {
    Stream& stream = StreamOf(input);
    Group& group = stream.ExistingGroup(Name(input, "group"));
    const std::int64_t delay_ms = Number(input, "delay_ms", 0, kLongestMs);
    const auto position = stream.PositionOf(IdOf(input));
    if (position && group.Release(*position, delay_ms, CurrentTime().steady_ms)) return Json::object();
    throw Failure(MAMC_E_STALE,
                  "The message " + Text(input, "id") + " cannot be released: it is acknowledged already.");
  }

  Json Dead(const Json& input) {
    Stream& stream = StreamOf(input);
    const std::string group = Name(input, "group");
    const auto position = stream.PositionOf(IdOf(input));
    if (!position || !stream.ExistingGroup(group).IsPending(*position)) {
      throw Failure(MAMC_E_STALE, "The message " + Text(input, "id") +
                                      " cannot go to the dead letters: it is acknowledged already.");
    }
    stream.Dead(group, *position, Text(input, "reason"), CurrentTime());
    return Json::object();
  }

  Json Put(const Json& input) {
    if (!input.contains("value")) throw Failure(MAMC_E_INVALID, "'value' is missing.");
    const std::int64_t ttl_ms = input.contains("ttl_ms") ? Number(input, "ttl_ms", 0, kLongestMs) : 0;
    values_.Put(Name(input, "key"), input["value"], ttl_ms, CurrentTime());
    return Json::object();
  }

  MessageId IdOf(const Json& input) { return MessageId::Parse(Text(input, "id")); }

  // Streams live as long as the instance: open calls refer to them.
  Stream& StreamOf(const Json& input) {
    const std::string name = Name(input, "stream");
    return streams_.try_emplace(name, name, max_messages_).first->second;
  }

  const std::size_t max_messages_;
  std::map<std::string, Stream> streams_;
  std::map<std::string, std::list<Context*>> channels_;
  Leases leases_;
  Values values_;
};

}  // namespace
}  // namespace local_transport

MAMC_PLUGIN(mamc::sdk::Provide<local_transport::LocalTransport>("transport", "local"))
