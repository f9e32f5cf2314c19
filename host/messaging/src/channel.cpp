#include "mamc/messaging/channel.hpp"

#include <mamc/transport.h>

#include "mamc/base/log.hpp"
#include "subscription.hpp"

namespace mamc::messaging {
namespace {

// Every stream notices for itself that the server was emptied.
constexpr Milliseconds kEmptiedPause(1000);

// Who waits for events of a corr_id.
struct Listener {
  Channel::OnEvent on_event;
  std::function<void()> on_emptied;
};

Json ToJson(const Fields& fields) {
  Json json = Json::object();
  for (const auto& [name, value] : fields) json[name] = value;
  return json;
}

Fields ToFields(const Json& json) {
  Fields fields;
  if (!json.is_object()) return fields;
  for (const auto& [name, value] : json.items())
    if (value.is_string()) fields[name] = value.get<std::string>();
  return fields;
}

void Published(const char* what, const std::string& corr_id, const Result<Json>& result) {
  if (result.ok())
    Log("transport", LogLevel::kDebug, std::string(what) + " published",
        {{"id", GetString(*result, "id")}, {"corr_id", corr_id}});
}

std::string FieldOf(const Fields& fields, const char* name) {
  auto it = fields.find(name);
  return it == fields.end() ? std::string() : it->second;
}

}  // namespace

struct Channel::State : std::enable_shared_from_this<Channel::State> {
  Loop& loop;
  plugin::Calls& calls;
  std::shared_ptr<plugin::Instance> transport;
  ChannelOptions options;
  std::unordered_map<std::string, std::map<Expectation, Listener>> expected;  // by corr_id
  std::unordered_map<Expectation, std::string> corr_ids;
  Expectation last_expectation = 0;
  std::vector<OnEvent> observers;
  TimerId emptied_timer = 0;
  std::string last_event_id;  // where to go on when the stream has to be opened again
  std::vector<std::shared_ptr<Subscription>> subscriptions;
  std::size_t unanswered = 0;  // what was said and the transport has not answered
  std::function<void()> on_all_said;

  State(Loop& loop_in, plugin::Calls& calls_in, std::shared_ptr<plugin::Instance> transport_in,
        ChannelOptions options_in)
      : loop(loop_in), calls(calls_in), transport(std::move(transport_in)), options(std::move(options_in)) {}

  void Subscribe(std::uint32_t verb, std::string what, std::function<Json()> input,
                 std::function<void(const Json&)> on_message) {
    auto lost = [weak = weak_from_this()](Status status) {
      auto self = weak.lock();
      if (self && self->options.on_lost) self->options.on_lost(std::move(status));
    };
    auto emptied = [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->Emptied();
    };
    subscriptions.push_back(
        std::make_shared<Subscription>(loop, calls, transport, options.context, verb, std::move(what),
                                       ReopenOptions{.outage_limit_ms = options.outage_limit_ms},
                                       Subscription::Handlers{std::move(input), std::move(on_message),
                                                              std::move(emptied), std::move(lost)}));
    subscriptions.back()->Open();
  }

  void Call(std::uint32_t verb, Json input, std::function<void(Result<Json>)> done) {
    ++unanswered;
    auto answered = [weak = weak_from_this(), done = std::move(done)](Result<Json> answer) {
      done(std::move(answer));
      auto self = weak.lock();
      if (!self) return;
      --self->unanswered;
      self->AllSaid();
    };
    plugin::Call(calls, transport, verb, input, std::move(answered), options.context);
  }

  // Tells it, if it is so.
  void AllSaid() {
    if (unanswered > 0) return;
    if (auto told = std::exchange(on_all_said, {})) told();
  }

  void Tell(std::uint32_t verb, Json input, const char* what) {
    std::string id = GetString(input, "id");
    Call(verb, std::move(input), [what, id](Result<Json> result) {
      if (!result.ok())
        Log("transport", LogLevel::kWarn, std::string("cannot ") + what,
            {{"id", id}, {"error", result.status().message()}});
    });
  }

  // One reader for the whole process.
  void ReadEvents() {
    Subscribe(
        MAMC_TRANSPORT_READ, "stream " + options.event_stream,
        [this] {
          return Json{{"stream", options.event_stream},
                      {"from", last_event_id.empty() ? "$" : last_event_id},
                      {"credit", 256}};
        },
        [weak = weak_from_this()](const Json& message) {
          auto self = weak.lock();
          if (!self) return;
          self->last_event_id = GetString(message, "id");
          Fields fields = ToFields(GetMember(message, "fields"));
          Log("transport", LogLevel::kDebug, "event read",
              {{"id", self->last_event_id},
               {"corr_id", FieldOf(fields, "corr_id")},
               {"status", FieldOf(fields, "status")}});
          self->Dispatch(fields);
        });
  }

  void Dispatch(const Fields& fields) {
    auto event = Event::FromFields(fields);
    if (!event.ok())
      return Log("transport", LogLevel::kWarn, "malformed event", {{"error", event.status().message()}});
    for (const OnEvent& observer : observers) observer(*event);
    auto it = expected.find(event->corr_id);
    if (it == expected.end()) return;
    auto all = it->second;  // they may forget themselves and each other
    for (const auto& [expectation, listener] : all)
      if (corr_ids.contains(expectation)) listener.on_event(*event);
  }

  void Emptied() {
    if (emptied_timer != 0) return;
    emptied_timer = loop.After(kEmptiedPause, [weak = weak_from_this()] {
      auto self = weak.lock();
      if (!self) return;
      self->emptied_timer = 0;
      Log("transport", LogLevel::kWarn, "the server lost what was on its way: what was asked is asked again");
      std::vector<std::pair<Expectation, std::function<void()>>> all;
      for (const auto& [corr_id, listeners] : self->expected)
        for (const auto& [expectation, listener] : listeners)
          if (listener.on_emptied) all.emplace_back(expectation, listener.on_emptied);
      for (const auto& [expectation, on_emptied] : all)
        if (self->corr_ids.contains(expectation)) on_emptied();
    });
  }
};

Channel::Channel(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> transport,
                 ChannelOptions options)
    : state_(std::make_shared<State>(loop, calls, std::move(transport), std::move(options))) {
  state_->ReadEvents();
}

Channel::~Channel() {
  Close();
}

void Channel::Close(std::function<void()> all_said) {
  for (const auto& subscription : state_->subscriptions) subscription->Close();
  if (!all_said) return;
  state_->on_all_said = std::move(all_said);
  state_->loop.Post([state = state_] { state->AllSaid(); });
}

void Channel::PublishRequest(const Request& request, OnStatus done) {
  Log("transport", LogLevel::kDebug, "publish request",
      {{"corr_id", request.corr_id}, {"persona", request.to_persona}, {"intent", request.intent}});
  state_->Call(MAMC_TRANSPORT_PUBLISH,
               {{"stream", state_->options.request_stream}, {"fields", ToJson(request.ToFields())}},
               [done = std::move(done), corr_id = request.corr_id](Result<Json> result) {
                 Published("request", corr_id, result);
                 done(result.status());
               });
}

void Channel::PublishEvent(const Event& event, OnStatus done) {
  Log("transport", LogLevel::kDebug, "publish event", {{"corr_id", event.corr_id}, {"status", event.status}});
  state_->Call(
      MAMC_TRANSPORT_PUBLISH,
      {{"stream", state_->options.event_stream}, {"fields", ToJson(event.ToFields())}},
      [weak = std::weak_ptr(state_), done = std::move(done), corr_id = event.corr_id](Result<Json> result) {
        Published("event", corr_id, result);
        // A reader that ends before it has read anything goes on from here: what we wait for comes
        // after what we said.
        auto state = weak.lock();
        if (state && result.ok() && state->last_event_id.empty())
          state->last_event_id = GetString(*result, "id");
        done(result.status());
      });
}

Channel::Expectation Channel::Expect(const std::string& corr_id, OnEvent on_event,
                                     std::function<void()> on_emptied) {
  Expectation expectation = ++state_->last_expectation;
  state_->expected[corr_id][expectation] = {std::move(on_event), std::move(on_emptied)};
  state_->corr_ids[expectation] = corr_id;
  return expectation;
}

void Channel::Observe(OnEvent on_event) {
  state_->observers.push_back(std::move(on_event));
}

void Channel::Forget(Expectation expectation) {
  auto corr_id = state_->corr_ids.find(expectation);
  if (corr_id == state_->corr_ids.end()) return;
  auto it = state_->expected.find(corr_id->second);
  it->second.erase(expectation);
  if (it->second.empty()) state_->expected.erase(it);
  state_->corr_ids.erase(corr_id);
}

void Channel::Consume(const std::string& persona, std::size_t credit,
                      std::function<void(Delivery)> on_request) {
  std::string group = state_->options.group_prefix + persona;
  Log("transport", LogLevel::kDebug, "consume",
      {{"stream", state_->options.request_stream},
       {"group", group},
       {"consumer", state_->options.consumer},
       {"credit", std::to_string(credit)}});
  Json input = {{"stream", state_->options.request_stream},
                {"group", group},
                {"consumer", state_->options.consumer},
                {"credit", credit},
                {"idle_ms", state_->options.idle_ms}};
  state_->Subscribe(
      MAMC_TRANSPORT_CONSUME, "requests of group " + group, [input] { return input; },
      [group, on_request = std::move(on_request)](const Json& message) {
        Delivery delivery{GetString(message, "id"), group, static_cast<int>(GetInt(message, "delivery", 1)),
                          ToFields(GetMember(message, "fields"))};
        Log("transport", LogLevel::kDebug, "request delivered",
            {{"group", group},
             {"id", delivery.id},
             {"delivery", std::to_string(delivery.delivery)},
             {"corr_id", FieldOf(delivery.fields, "corr_id")}});
        on_request(std::move(delivery));
      });
}

void Channel::Acknowledge(const Delivery& delivery) {
  Log("transport", LogLevel::kDebug, "acknowledge", {{"group", delivery.group}, {"id", delivery.id}});
  state_->Tell(MAMC_TRANSPORT_ACK,
               {{"stream", state_->options.request_stream}, {"group", delivery.group}, {"id", delivery.id}},
               "acknowledge a request");
}

void Channel::Extend(const Delivery& delivery, OnStatus done) {
  Log("transport", LogLevel::kDebug, "extend", {{"group", delivery.group}, {"id", delivery.id}});
  state_->Call(MAMC_TRANSPORT_EXTEND,
               {{"stream", state_->options.request_stream},
                {"group", delivery.group},
                {"id", delivery.id},
                {"consumer", state_->options.consumer}},
               [done = std::move(done)](Result<Json> result) { done(result.status()); });
}

void Channel::Dead(const Delivery& delivery, const std::string& reason) {
  Log("transport", LogLevel::kWarn, "request to dead letters", {{"id", delivery.id}, {"reason", reason}});
  state_->Tell(MAMC_TRANSPORT_DEAD,
               {{"stream", state_->options.request_stream},
                {"group", delivery.group},
                {"id", delivery.id},
                {"reason", reason}},
               "move a request to the dead letters");
}

std::unique_ptr<Lease> Channel::MakeLease(const std::string& name, const std::string& owner,
                                          std::int64_t ttl_ms) {
  return std::make_unique<Lease>(
      state_->loop, state_->calls, state_->transport,
      LeaseOptions{.name = name, .owner = owner, .ttl_ms = ttl_ms, .context = state_->options.context});
}

const ChannelOptions& Channel::options() const {
  return state_->options;
}

}  // namespace mamc::messaging
