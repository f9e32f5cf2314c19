#include "store.hpp"

#include "jetstream.hpp"
#include "names.hpp"

namespace nats_transport {
namespace {

constexpr const char* kTtlHeader = "Mamc-Ttl-Ms";
constexpr const char* kOperationHeader = "KV-Operation";
constexpr const char* kExpectedHeader = "Nats-Expected-Last-Subject-Sequence";
constexpr const char* kClock = "clock";  // an entry that is written to see its time
constexpr int kTidiedAtOnce = 200;

std::int64_t LeftMs(std::int64_t stored_ns, std::int64_t ttl_ms, std::int64_t now_ns) {
  return ttl_ms - (now_ns - stored_ns) / kNsPerMs;
}

Question GetLast(const std::string& stream, const std::string& subject) {
  return Api("STREAM.MSG.GET." + stream, {{"last_by_subj", subject}});
}

}  // namespace

Store::Store(Shared& shared)
    : shared_(shared), bucket_(Token(shared.options.prefix) + "mamc"), stream_("KV_" + bucket_) {}

std::string Store::Key(const char* kind, const std::string& name) {
  return std::string(kind) + "." + StorageName(name);
}

std::string Store::Subject(const std::string& key) const {
  return "$KV." + bucket_ + "." + key;
}

Store::Record Store::RecordFrom(const Stored& stored) {
  return {stored, std::atoll(HeaderOf(stored, kTtlHeader).c_str()),
          !HeaderOf(stored, kOperationHeader).empty()};
}

// nats-server dies (up to 2.9 at least) of who asks for a message of a stream that another client is making.
// That its info is given means that it has begun to, and given once more that it is made. A stream that was
// there a moment ago may have been deleted, and be made again.
void Store::AskFor(Question message, Resend resend, OnAnswer on_answer, int looks) {
  if (looks == 0) return shared_.link.Ask(std::move(message), resend, std::move(on_answer));
  shared_.link.Ask(Api("STREAM.INFO." + stream_), resend,
                   [this, message, resend, on_answer, looks](const Answer& answer) {
                     if (!answer.ok()) return on_answer(answer);
                     AskFor(message, resend, on_answer, looks - 1);
                   });
}

void Store::Get(const std::string& key, Resend resend, OnFound on_found) {
  AskFor(GetLast(stream_, Subject(key)), resend, [this, resend, on_found](const Answer& answer) {
    if (NotThere(answer.err_code)) return on_found({.good = true}, {});
    const auto stored = StoredFrom(answer.json);
    if (!answer.ok() || !stored) return on_found(answer, {});
    const Record record = RecordFrom(*stored);
    const Found gone{{}, stored->sequence, 0};
    if (record.given_up) return on_found(answer, gone);
    if (record.ttl_ms == 0) return on_found(answer, {stored->data, stored->sequence, 0});
    AskNow(resend, [record, gone, on_found](const Answer& clock, std::int64_t now_ns) {
      if (NotThere(clock.err_code)) return on_found({.good = true}, {});  // the bucket was emptied meanwhile
      const std::int64_t left_ms = LeftMs(record.stored.stored_ns, record.ttl_ms, now_ns);
      if (!clock.ok() || left_ms <= 0) return on_found(clock, gone);
      on_found(clock, {record.stored.data, record.stored.sequence, left_ms});
    });
  });
}

void Store::Last(const std::string& key, Resend resend,
                 std::function<void(const Answer&, const std::string&)> on_value) {
  AskFor(GetLast(stream_, Subject(key)), resend, [on_value](const Answer& answer) {
    if (NotThere(answer.err_code)) return on_value({.good = true}, "");
    const auto stored = StoredFrom(answer.json);
    on_value(answer, stored ? stored->data : "");
  });
}

void Store::Put(const std::string& key, const std::string& value, std::int64_t ttl_ms, Resend resend,
                OnAnswer on_answer) {
  Write({Subject(key), value, {{kTtlHeader, std::to_string(ttl_ms)}}}, resend, std::move(on_answer));
}

void Store::Swap(const std::string& key, const std::optional<std::string>& value, std::int64_t ttl_ms,
                 std::uint64_t sequence, OnAnswer on_answer) {
  Headers headers = {{kTtlHeader, std::to_string(ttl_ms)}, {kExpectedHeader, std::to_string(sequence)}};
  if (!value) headers.emplace_back(kOperationHeader, "DEL");
  Write({Subject(key), value.value_or(""), std::move(headers)}, Resend::kDurable, std::move(on_answer));
}

// The bucket is made when somebody first writes to it.
void Store::Write(Question question, Resend resend, OnAnswer on_answer, int tries) {
  shared_.link.Ask(question, resend, [this, question, resend, on_answer, tries](const Answer& answer) {
    if (!answer.nobody || tries == 0) return on_answer(answer);
    Make([this, question, resend, on_answer, tries](const Answer& made) {
      if (!made.ok()) return on_answer(made);
      Write(question, resend, on_answer, tries - 1);
    });
  });
}

void Store::Make(OnAnswer on_answer) {
  const Json config = {{"name", stream_},
                       {"description", "mamc-host: leases, values and notes"},
                       {"subjects", {"$KV." + bucket_ + ".>"}},
                       {"retention", "limits"},
                       {"discard", "new"},
                       {"storage", "file"},
                       {"max_msgs_per_subject", 1},
                       {"max_consumers", -1},
                       {"max_msgs", -1},
                       {"max_bytes", -1},
                       {"allow_rollup_hdrs", true},
                       {"num_replicas", shared_.options.replicas}};
  shared_.link.Ask(Api("STREAM.CREATE." + stream_, config), Resend::kDurable,
                   [on_answer](const Answer& answer) {
                     // Somebody made it otherwise: that will do.
                     on_answer(answer.err_code == kStreamIsAnother ? Answer{.good = true} : answer);
                   });
}

void Store::AskNow(Resend resend, std::function<void(const Answer&, std::int64_t)> on_now) {
  Put(kClock, "", 0, resend, [this, resend, on_now](const Answer& written) {
    if (!written.ok()) return on_now(written, 0);
    AskFor(GetLast(stream_, Subject(kClock)), resend, [on_now](const Answer& answer) {
      const auto stored = StoredFrom(answer.json);
      on_now(answer, stored ? stored->stored_ns : 0);
    });
  });
}

// One walk at a time: a server that is slow would be asked by ever more of them.
void Store::Tidy() {
  if (!walk_.expired()) return;
  const auto walk = std::make_shared<Walk>(Walk{kTidiedAtOnce, 0});
  walk_ = walk;
  shared_.link.Ask(Api("STREAM.INFO." + stream_), Resend::kOnce, [this, walk](const Answer& there) {
    if (!there.ok()) return;  // nobody keeps anything here
    AskNow(Resend::kOnce, [this, walk](const Answer& answer, std::int64_t now_ns) {
      walk->now_ns = now_ns;
      if (answer.ok()) TidyNext(walk);
    });
  });
}

// Goes through the bucket, a part of it at a time, from the oldest to the newest and from there again.
void Store::TidyNext(const std::shared_ptr<Walk>& walk) {
  if (walk->left-- == 0) return;
  const Json next = {{"seq", tidied_ + 1}, {"next_by_subj", "$KV." + bucket_ + ".>"}};
  AskFor(Api("STREAM.MSG.GET." + stream_, next), Resend::kOnce, [this, walk](const Answer& answer) {
    const auto stored = StoredFrom(answer.json);
    if (!answer.ok() || !stored) {
      tidied_ = 0;
      return;
    }
    tidied_ = stored->sequence;
    const Record record = RecordFrom(*stored);
    const bool over = record.ttl_ms != 0 && LeftMs(stored->stored_ns, record.ttl_ms, walk->now_ns) <= 0;
    if (!over && !record.given_up) return TidyNext(walk);
    DeleteAndGoOn(stored->sequence, walk);
  });
}

// By its sequence: what was written there since is another message.
void Store::DeleteAndGoOn(std::uint64_t sequence, const std::shared_ptr<Walk>& walk) {
  shared_.link.Ask(Api("STREAM.MSG.DELETE." + stream_, {{"seq", sequence}, {"no_erase", true}}),
                   Resend::kOnce, [this, walk](const Answer& answer) {
                     if (answer.ok()) TidyNext(walk);
                   });
}

}  // namespace nats_transport
