// Implementation: a server looks at the permission before it does anything, so everything is asked in a form
// that changes nothing: of the API with what is no JSON, a message as one for a stream that does not exist,
// the rest about a consumer that does not exist. One after the other, since the library tells only the last
// of several refusals.
#include "self_test.hpp"

#include <mamc/cpp/self_test.hpp>
#include <mamc/transport_patience.hpp>
#include <memory>

#include "dead_letters.hpp"
#include "store.hpp"

namespace nats_transport {
namespace {

using mamc::sdk::SelfTest;

const std::string kNobody = "mamc-selftest";  // a consumer, a group, a stream
constexpr std::int64_t kPatienceMs = 1000;    // somebody who only listens everywhere keeps the server silent

Question Refused(const std::string& api_call) {
  return {"$JS.API." + api_call, "no JSON"};
}
Question ForNobody(const std::string& subject) {
  return {subject, "", {{"Nats-Expected-Stream", kNobody}}};
}

void AddOf(const Stream& stream, std::vector<Question>* all) {
  const std::string kept = stream.storage();
  all->push_back(ForNobody(stream.subject()));
  all->push_back(ForNobody(DeadSubject(stream, MessageId{}, kNobody)));
  all->push_back({"$JS.ACK." + kept + "." + kNobody + ".1.1.1.1.0", "+ACK"});
  all->push_back(Api("STREAM.INFO." + kept));
  all->push_back(Refused("CONSUMER.DURABLE.CREATE." + kept + "." + kNobody));
  all->push_back(Refused("CONSUMER.LIST." + kept));
  for (const std::string& storage : {kept, DeadStorage(stream)}) {
    for (const char* call : {"STREAM.CREATE.", "STREAM.PURGE.", "STREAM.MSG.GET.", "CONSUMER.CREATE."})
      all->push_back(Refused(call + storage));
    for (const char* call : {"CONSUMER.MSG.NEXT.", "CONSUMER.DELETE."})
      all->push_back(Refused(call + storage + "." + kNobody));
  }
}

std::vector<Question> HarmlessQuestions(const Store& store, const std::vector<const Stream*>& streams) {
  std::vector<Question> all;
  for (const Stream* stream : streams) AddOf(*stream, &all);
  all.push_back(ForNobody(store.Subject(kNobody)));
  all.push_back(Api("STREAM.INFO." + store.stream()));
  for (const char* call : {"STREAM.CREATE.", "STREAM.MSG.GET.", "STREAM.MSG.DELETE."})
    all.push_back(Refused(call + store.stream()));
  return all;
}

std::string AdviceFor(const Trouble& trouble) {
  if (trouble.code == MAMC_E_UNAVAILABLE) return "start that server, or set NATS_URL to where it is";
  if (trouble.code == MAMC_E_PERMISSION)
    return "set the login within NATS_URL, or NATS_USER and NATS_PASSWORD, or NATS_TOKEN";
  return "see plugins/transports/nats/README.md for what the server must be and allow";
}

// One self-test under way. What the link still has to tell it keeps it alive.
class Examination : public std::enable_shared_from_this<Examination> {
 public:
  Examination(Shared& shared, const Channels& channels, mamc_ticket ticket,
              const std::vector<const Stream*>& streams)
      : shared_(shared),
        ticket_(ticket),
        server_("NATS at " + shared.link.address().Text()),
        channel_(channels.Subject(kNobody + std::to_string(mamc::transport_common::UnixMs()))),
        questions_(HarmlessQuestions(shared.store, streams)) {}

  void Begin() {
    shared_.link.Ask(Api("INFO"), Resend::kDurable, [self = shared_from_this()](const Answer& answer) {
      if (!answer.ok()) return self->End(answer.trouble);
      const auto count = [&](const char* name) {
        return std::to_string(answer.json.value(name, std::int64_t{0}));
      };
      self->test_.Fact(self->server_ + " answers");
      self->test_.Fact("JetStream keeps " + count("streams") + " streams with " + count("storage") +
                       " bytes");
      self->Next();
    });
  }

 private:
  void Next() {
    if (!shared_.calls.open(ticket_)) return;
    if (next_ == questions_.size()) return TryChannel();
    const Question& question = questions_[next_++];
    WaitFor([number = next_](Examination& self) { self.GoOn(number); });
    shared_.link.Ask(
        question, Resend::kOnce,
        [self = shared_from_this(), subject = question.subject, number = next_](const Answer& answer) {
          if (answer.lost) return self->End(answer.trouble);
          if (answer.trouble.code == MAMC_E_PERMISSION && !answer.ok()) self->Denied(subject);
          self->GoOn(number);
        });
  }

  void GoOn(std::size_t number) {
    if (number != next_) return;  // it was not waited for
    shared_.pump.Cancel(patience_);
    Next();
  }

  // Says something to itself.
  void TryChannel() {
    subscription_ = shared_.link.Subscribe(
        channel_, [self = shared_from_this()](const Message&) { self->EndOfChannel(true); });
    WaitFor([](Examination& self) { self.EndOfChannel(false); });
    shared_.link.Tell(channel_, "");
  }
  void EndOfChannel(bool heard) {
    if (subscription_ == 0) return;
    const auto self = shared_from_this();
    shared_.pump.Cancel(patience_);
    shared_.link.Unsubscribe(std::exchange(subscription_, 0));
    if (!heard && !shared_.link.ready()) return End({MAMC_E_UNAVAILABLE, server_ + " was lost meanwhile"});
    if (!heard) Denied(channel_ + " and subscribe to it");
    End({});
  }

  template <typename Then>
  void WaitFor(Then then) {
    patience_ = shared_.pump.After(kPatienceMs, [weak = weak_from_this(), then] {
      if (const auto self = weak.lock()) then(*self);
    });
  }

  void Denied(const std::string& what) { denied_ += (denied_.empty() ? "" : ", ") + what; }

  void End(const Trouble& trouble) {
    if (!shared_.calls.open(ticket_)) return;
    shared_.pump.Cancel(patience_);
    if (!trouble.text.empty())
      test_.Problem(trouble.code, trouble.text, AdviceFor(trouble));
    else
      Judge();
    shared_.calls.Done(ticket_, test_.result());
  }

  void Judge() {
    const std::string& user = shared_.link.address().user;
    const std::string who = user.empty() ? "this login" : "user " + user;
    if (denied_.empty()) return test_.Fact(who + " may do all that the transport does");
    test_.Problem(
        MAMC_E_PERMISSION, server_ + " does not let " + who + " publish " + denied_,
        "give the user the permissions that plugins/transports/nats/README.md lists, or name another "
        "with NATS_URL, or NATS_USER and NATS_PASSWORD");
  }

  Shared& shared_;
  const mamc_ticket ticket_;
  const std::string server_, channel_;
  const std::vector<Question> questions_;
  std::size_t next_ = 0;
  SubscriptionId subscription_ = 0;
  Pump::TimerId patience_ = 0;
  std::string denied_;
  SelfTest test_;
};

}  // namespace

void TestServer(Shared& shared, const Channels& channels, mamc_ticket ticket,
                const std::vector<const Stream*>& streams) {
  std::make_shared<Examination>(shared, channels, ticket, streams)->Begin();
}

}  // namespace nats_transport
