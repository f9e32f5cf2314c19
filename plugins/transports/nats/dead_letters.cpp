#include "dead_letters.hpp"

#include <mamc/transport_input.hpp>
#include <mamc/transport_patience.hpp>
#include <memory>

#include "jetstream.hpp"
#include "names.hpp"
#include "puller.hpp"
#include "stream.hpp"

namespace nats_transport {
namespace {

constexpr std::int64_t kMostKept = 100'000;
constexpr std::size_t kMostListedBytes = std::size_t{4} << 20;
constexpr std::int64_t kForgottenAfterNs = 60'000'000'000;

void MakeDeadStream(Shared& shared, const Stream& stream, std::function<void(const Answer&)> on_answer) {
  const Json config = {{"name", DeadStorage(stream)},
                       {"description", "dead letters of " + stream.name()},
                       {"subjects", {stream.subject() + ".dead.>"}},
                       {"retention", "limits"},
                       {"discard", "old"},
                       {"storage", "file"},
                       {"max_msgs", kMostKept},
                       {"max_msgs_per_subject", 1},
                       {"max_consumers", -1},
                       {"max_bytes", -1},
                       {"num_replicas", shared.options.replicas}};
  shared.link.Ask(Api("STREAM.CREATE." + DeadStorage(stream), config), Resend::kDurable,
                  [on_answer = std::move(on_answer)](const Answer& answer) {
                    on_answer(answer.err_code == kStreamIsAnother ? Answer{.good = true} : answer);
                  });
}

void Keep(Shared& shared, const Stream& stream, const Question& letter, int tries,
          std::function<void(const Answer&)> on_answer) {
  shared.link.Ask(
      letter, Resend::kDurable, [&shared, &stream, letter, tries, on_answer](const Answer& answer) {
        if (!answer.nobody || tries == 0) return on_answer(answer);
        MakeDeadStream(shared, stream, [&shared, &stream, letter, tries, on_answer](const Answer& made) {
          if (!made.ok()) return on_answer(made);
          Keep(shared, stream, letter, tries - 1, on_answer);
        });
      });
}

Json BodyOf(const Letter& letter) {
  return {{"id", letter.entry.id.Text()},
          {"group", letter.group},
          {"reason", letter.reason},
          {"at_ms", mamc::transport_common::UnixMs()},
          {"fields", letter.entry.fields}};
}

Json BodyFrom(const std::string& data) {
  Json body = mamc::transport_input::ForeignJson(data);
  if (!body.is_object()) body = Json::object();
  if (!body.value("fields", Json()).is_object()) body["fields"] = Json::object();
  return body;
}

// Goes through all letters with a consumer of its own, which keeps itself alive until it has ended.
class Listing : public std::enable_shared_from_this<Listing> {
 public:
  Listing(Shared& shared, mamc_ticket ticket, std::string storage)
      : shared_(shared),
        ticket_(ticket),
        storage_(std::move(storage)),
        puller_(shared, {[this](const Message& message, const Delivery&) { OnMessage(message); },
                         [this] { OnRoom(); }, [this] { Lost(); }}) {}

  void Begin() {
    self_ = shared_from_this();
    shared_.calls.Begin(ticket_, [weak = weak_from_this()] {
      if (const auto listing = weak.lock()) listing->End();
    });
    const Json config = {{"deliver_policy", "all"},    {"ack_policy", "none"},
                         {"replay_policy", "instant"}, {"inactive_threshold", kForgottenAfterNs},
                         {"num_replicas", 1},          {"mem_storage", true}};
    shared_.link.Ask(Api("CONSUMER.CREATE." + storage_, {{"stream_name", storage_}, {"config", config}}),
                     Resend::kDurable, [self = self_](const Answer& answer) { self->OnConsumer(answer); });
  }

 private:
  void OnConsumer(const Answer& answer) {
    if (answer.err_code == kNoStream) return Done();
    if (!answer.ok()) {
      shared_.calls.Fail(ticket_, answer.trouble);
      return End();
    }
    consumer_ = answer.json.value("name", "");
    if (!shared_.calls.open(ticket_)) return End();
    left_ = answer.json.value("num_pending", std::int64_t{0});
    if (left_ == 0) return Done();
    puller_.Aim(storage_, consumer_);
    Want();
  }
  void Want() {
    if (puller_.asked() > 0) return;
    came_ = false;
    puller_.Want(std::min(left_, kMostMessagesAtOnce), Puller::Patience::kNone);
  }
  // What was taken away meanwhile does not come.
  void OnRoom() {
    if (!came_) left_ = 0;
    if (left_ == 0) return Done();
    Want();
  }
  void OnMessage(const Message& message) {
    came_ = true;
    bytes_ += message.data.size();
    messages_.push_back(BodyFrom(message.data));
    --left_;
    if (left_ == 0 || bytes_ >= kMostListedBytes) return Done();
    Want();
  }
  void Lost() {
    shared_.calls.Fail(
        ticket_, MAMC_E_UNAVAILABLE,
        "NATS at " + shared_.link.address().Text() + " lost its list of dead letters: ask again.");
    End();
  }
  void Done() {
    Json result = {{"messages", std::move(messages_)}};
    if (left_ > 0) result["truncated"] = true;
    shared_.calls.Done(ticket_, result);
    End();
  }
  void End() {
    if (!consumer_.empty()) shared_.link.Tell("$JS.API.CONSUMER.DELETE." + storage_ + "." + consumer_, "");
    puller_.Rest();
    shared_.pump.Post([self = std::exchange(self_, nullptr)] {});  // it may be what is calling
  }

  Shared& shared_;
  const mamc_ticket ticket_;
  const std::string storage_;
  std::string consumer_;
  Json messages_ = Json::array();
  std::size_t bytes_ = 0;
  std::int64_t left_ = 0;
  bool came_ = false;  // one of those that were asked for
  std::shared_ptr<Listing> self_;
  Puller puller_;
};

void Forget(Shared& shared, mamc_ticket ticket, const Stream& stream, MessageId id, const Json& result) {
  shared.link.Ask(Api("STREAM.PURGE." + DeadStorage(stream), {{"filter", DeadSubject(stream, id, "*")}}),
                  Resend::kDurable, [&shared, ticket, result](const Answer& answer) {
                    if (!answer.ok()) return shared.calls.Fail(ticket, answer.trouble);
                    shared.calls.Done(ticket, result);
                  });
}

// Calls `on_found` with the letter of any group, or ends the call.
void Find(Shared& shared, mamc_ticket ticket, const Stream& stream, MessageId id,
          std::function<void(const Json& letter)> on_found) {
  const Json next = {{"seq", 1}, {"next_by_subj", DeadSubject(stream, id, "*")}};
  shared.link.Ask(Api("STREAM.MSG.GET." + DeadStorage(stream), next), Resend::kDurable,
                  [&shared, ticket, id, on_found = std::move(on_found)](const Answer& answer) {
                    const auto stored = StoredFrom(answer.json);
                    if (stored) return on_found(BodyFrom(stored->data));
                    if (!answer.ok() && !NotThere(answer.err_code))
                      return shared.calls.Fail(ticket, answer.trouble);
                    shared.calls.Fail(ticket, MAMC_E_NOT_FOUND,
                                      "There is no dead letter " + id.Text() + " of this stream.");
                  });
}

}  // namespace

std::string DeadStorage(const Stream& stream) {
  return stream.storage() + "=dead";
}

std::string DeadSubject(const Stream& stream, MessageId id, const std::string& group) {
  return stream.subject() + ".dead." + id.Text() + "." + group;
}

void Bury(Shared& shared, const Stream& stream, const Letter& letter,
          std::function<void(const Answer&)> on_answer) {
  const std::string subject = DeadSubject(stream, letter.entry.id, StorageName(letter.group));
  const auto question = [&subject](const Letter& one) {
    return Question{subject, BodyOf(one).dump(-1, ' ', false, Json::error_handler_t::replace)};
  };
  Letter bare = letter;
  bare.entry.fields = Json::object();
  bare.reason += " (with its fields it is larger than the server takes)";
  Keep(shared, stream, question(letter), 3,
       [&shared, &stream, bare = question(bare), on_answer = std::move(on_answer)](const Answer& answer) {
         if (answer.trouble.code != MAMC_E_LIMIT || answer.ok()) return on_answer(answer);
         Keep(shared, stream, bare, 3, on_answer);
       });
}

void ListDead(Shared& shared, mamc_ticket ticket, const Stream& stream) {
  std::make_shared<Listing>(shared, ticket, DeadStorage(stream))->Begin();
}

void ReplayDead(
    Shared& shared, mamc_ticket ticket, const Stream& stream, MessageId id,
    std::function<void(const Json& fields, std::function<void(const Json& result)> done)> republish) {
  Find(shared, ticket, stream, id,
       [&shared, ticket, &stream, id, republish = std::move(republish)](const Json& letter) {
         republish(letter.at("fields"), [&shared, ticket, &stream, id](const Json& result) {
           Forget(shared, ticket, stream, id, result);
         });
       });
}

void DropDead(Shared& shared, mamc_ticket ticket, const Stream& stream, MessageId id) {
  Find(shared, ticket, stream, id,
       [&shared, ticket, &stream, id](const Json&) { Forget(shared, ticket, stream, id, Json::object()); });
}

}  // namespace nats_transport
