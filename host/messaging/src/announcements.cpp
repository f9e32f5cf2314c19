#include "mamc/messaging/announcements.hpp"

#include <mamc/transport.h>

#include <set>

#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"

namespace mamc::messaging {
namespace {

constexpr int kAnnouncementsPerLife = 3;
constexpr int kRenewalsPerName = 4;  // a server that was emptied knows all names again after as many
constexpr std::size_t kMostHosts = 1000;

}  // namespace

struct Announcements::State : std::enable_shared_from_this<Announcements::State> {
  Loop& loop;
  plugin::Calls& calls;
  std::shared_ptr<plugin::Instance> transport;
  AnnouncementOptions options;
  MachineAnnouncement self;
  TimerId renewal = 0;
  int renewals = 0;
  bool failing = false;

  State(Loop& loop_in, plugin::Calls& calls_in, std::shared_ptr<plugin::Instance> transport_in,
        AnnouncementOptions options_in)
      : loop(loop_in), calls(calls_in), transport(std::move(transport_in)), options(std::move(options_in)) {}

  void Call(std::uint32_t verb, const Json& input, std::function<void(Result<Json>)> done) {
    plugin::Call(calls, transport, verb, input, std::move(done), options.context);
  }

  void Announce() {
    self.at_ms = loop.clock().UnixMs();
    Say(MAMC_TRANSPORT_PUT,
        {{"key", options.key_prefix + self.host}, {"value", self.ToJson()}, {"ttl_ms", options.ttl_ms}});
    if (renewals++ % kRenewalsPerName == 0)
      Say(MAMC_TRANSPORT_PUBLISH, {{"stream", options.stream}, {"fields", {{"host", self.host}}}});
    renewal = loop.After(Milliseconds(options.ttl_ms / kAnnouncementsPerLife), [weak = weak_from_this()] {
      if (auto state = weak.lock()) state->Announce();
    });
  }

  void Say(std::uint32_t verb, const Json& input) {
    Call(verb, input, [weak = weak_from_this()](Result<Json> said) {
      auto state = weak.lock();
      if (!state) return;
      bool failed = !said.ok();
      if (failed && !state->failing)
        Log("transport", LogLevel::kWarn, "cannot announce this host; trying again",
            {{"error", said.status().message()}});
      state->failing = failed;
    });
  }
};

namespace {

// One list: a message of its own marks the end of the names, since a stream has no end that could be read.
class Listing : public std::enable_shared_from_this<Listing> {
 public:
  using Done = std::function<void(Result<std::vector<MachineAnnouncement>>)>;
  Listing(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> transport,
          const AnnouncementOptions& options, Done done)
      : loop_(loop),
        calls_(calls),
        transport_(std::move(transport)),
        options_(options),
        done_(std::move(done)) {}

  void Begin() {
    limit_ = loop_.After(Milliseconds(options_.list_limit_ms), [self = shared_from_this()] {
      self->Fail({Code::kTimeout, "the transport did not tell within " +
                                      std::to_string(self->options_.list_limit_ms / 1000) +
                                      " s which hosts there are"});
    });
    Call(MAMC_TRANSPORT_PUBLISH, {{"stream", options_.stream}, {"fields", {{"end", mark_}}}},
         [self = shared_from_this()](Result<Json> marked) {
           if (!marked.ok()) return self->Fail(marked.status());
           self->ReadNames();
         });
  }

 private:
  class Observer final : public plugin::ServedObserver {
   public:
    Observer(plugin::Calls& calls, std::shared_ptr<Listing> listing)
        : ServedObserver(calls), listing_(std::move(listing)) {}
    void OnEmit(plugin::Ticket, std::string kind, std::string json) override {
      auto message = kind == "message" ? ParseJson(json) : Result<Json>(Json());
      if (message.ok()) listing_->Heard(GetMember(*message, "fields"));
    }
    void OnComplete(plugin::Ticket, plugin::Outcome outcome, bool) override {
      listing_->Fail({outcome.code == Code::kOk ? Code::kUnavailable : outcome.code, outcome.Message()});
      listing_.reset();
    }

   private:
    std::shared_ptr<Listing> listing_;
  };

  void Call(std::uint32_t verb, const Json& input, std::function<void(Result<Json>)> done) {
    plugin::Call(calls_, transport_, verb, input, std::move(done), options_.context);
  }

  void ReadNames() {
    if (!done_) return;
    reading_ = calls_.Start(transport_, {.verb = MAMC_TRANSPORT_READ},
                            Dump({{"stream", options_.stream}, {"from", "0"}, {"credit", 256}}),
                            std::make_shared<Observer>(calls_, shared_from_this()), options_.context);
  }

  void Heard(const Json& fields) {
    if (all_named_ || !done_) return;
    if (GetString(fields, "end") == mark_) return AllNamed();
    std::string host = GetString(fields, "host");
    if (!host.empty() && hosts_.size() < kMostHosts) hosts_.insert(std::move(host));
  }

  void AllNamed() {
    all_named_ = true;
    calls_.Cancel(reading_, Code::kCancelled);
    open_ = hosts_.size();
    if (open_ == 0) return End();
    for (const std::string& host : hosts_)
      Call(MAMC_TRANSPORT_GET, {{"key", options_.key_prefix + host}},
           [self = shared_from_this(), host](Result<Json> got) { self->Got(host, std::move(got)); });
  }

  void Got(const std::string& host, Result<Json> got) {
    bool gone = got.status().code() == Code::kNotFound;
    if (!got.ok() && !gone) return Fail(got.status());
    if (got.ok()) Add(host, GetMember(*got, "value"));
    if (--open_ == 0) End();
  }

  void Add(const std::string& host, const Json& value) {
    auto said = MachineAnnouncement::FromJson(value);
    if (said.ok() && said->host == host) return live_.push_back(std::move(*said));
    Log("transport", LogLevel::kWarn, "the announcement of a host cannot be read",
        {{"host", host}, {"error", said.ok() ? "it names " + said->host : said.status().message()}});
  }

  void End() { Tell(std::move(live_)); }
  void Fail(const Status& status) {
    if (!all_named_ || status.code() != Code::kCancelled) Tell(status.Within("hosts cannot be listed"));
  }

  void Tell(Result<std::vector<MachineAnnouncement>> result) {
    auto done = std::exchange(done_, nullptr);
    if (!done) return;
    loop_.Cancel(limit_);
    if (!all_named_ && reading_ != 0) calls_.Cancel(reading_, Code::kCancelled);
    done(std::move(result));
  }

  Loop& loop_;
  plugin::Calls& calls_;
  const std::shared_ptr<plugin::Instance> transport_;
  const AnnouncementOptions options_;
  Done done_;
  const std::string mark_ = RandomHex(16);
  std::set<std::string> hosts_;
  std::vector<MachineAnnouncement> live_;
  std::size_t open_ = 0;
  plugin::Ticket reading_ = 0;
  TimerId limit_ = 0;
  bool all_named_ = false;
};

}  // namespace

Announcements::Announcements(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> transport,
                             AnnouncementOptions options)
    : state_(std::make_shared<State>(loop, calls, std::move(transport), std::move(options))) {}

Announcements::~Announcements() {
  state_->loop.Cancel(state_->renewal);
}

void Announcements::Publish(MachineAnnouncement self) {
  state_->loop.Cancel(state_->renewal);
  state_->self = std::move(self);
  state_->renewals = 0;
  state_->Announce();
}

void Announcements::Withdraw(std::function<void()> done) {
  state_->loop.Cancel(std::exchange(state_->renewal, 0));
  if (state_->self.host.empty()) return done();
  state_->Call(MAMC_TRANSPORT_PUT,
               {{"key", state_->options.key_prefix + state_->self.host}, {"value", nullptr}, {"ttl_ms", 1}},
               [done = std::move(done)](const Result<Json>&) { done(); });
}

void Announcements::List(std::function<void(Result<std::vector<MachineAnnouncement>>)> done) {
  std::make_shared<Listing>(state_->loop, state_->calls, state_->transport, state_->options, std::move(done))
      ->Begin();
}

}  // namespace mamc::messaging
