#include "dead_letters.hpp"

#include <charconv>
#include <mamc/transport_patience.hpp>
#include <memory>

#include "scripts.hpp"

namespace redis_transport {
namespace {

constexpr std::size_t kLettersPerPage = 500;
constexpr std::size_t kMostListedBytes = std::size_t{4} << 20;
constexpr const char* kMostKept = "100000";
constexpr std::size_t kOurFields = 4;

std::string DeadKey(const std::string& stream_key) {
  return stream_key + ":dead";
}

Json LetterOf(const redisReply* fields) {
  std::int64_t at_ms = 0;
  const std::string_view at_text = TextOf(At(fields, 7));
  std::from_chars(at_text.data(), at_text.data() + at_text.size(), at_ms);
  Json letter = {{"id", TextOf(At(fields, 1))},
                 {"group", TextOf(At(fields, 3))},
                 {"reason", TextOf(At(fields, 5))},
                 {"at_ms", at_ms},
                 {"fields", Json::object()}};
  for (std::size_t i = 2 * kOurFields; i + 1 < SizeOf(fields); i += 2)
    letter["fields"][std::string(TextOf(At(fields, i)))] = TextOf(At(fields, i + 1));
  return letter;
}

struct Listing {
  Json messages = Json::array();
  std::size_t bytes = 0;
};

void ListFrom(Shared& shared, mamc_ticket ticket, const std::string& key, const std::string& from,
              const std::shared_ptr<Listing>& listing) {
  shared.commands.Send({"XRANGE", key, from, "+", "COUNT", std::to_string(kLettersPerPage)}, Resend::kDurable,
                       [&shared, ticket, key, listing](const Answer& answer) {
                         if (!answer.ok()) return shared.calls.Fail(ticket, answer.trouble);
                         const std::size_t size = SizeOf(answer.reply);
                         for (std::size_t i = 0; i < size; ++i) {
                           const redisReply* fields = At(At(answer.reply, i), 1);
                           listing->messages.push_back(LetterOf(fields));
                           for (std::size_t f = 0; f < SizeOf(fields); ++f)
                             listing->bytes += TextOf(At(fields, f)).size();
                         }
                         const bool full = listing->bytes >= kMostListedBytes;
                         const auto last = StreamId::Parse(TextOf(At(At(answer.reply, size - 1), 0)));
                         if (size == kLettersPerPage && last && !full)
                           return ListFrom(shared, ticket, key, last->Next().Text(), listing);
                         Json result = {{"messages", std::move(listing->messages)}};
                         if (size == kLettersPerPage) result["truncated"] = true;
                         shared.calls.Done(ticket, result);
                       });
}

void DigUp(Shared& shared, mamc_ticket ticket, const std::string& stream_key, StreamId id, const char* what,
           std::function<Json(std::string_view)> result) {
  shared.commands.Send(
      scripts::Call(scripts::kDigUp, {DeadKey(stream_key), stream_key}, {id.Text(), what}), Resend::kDurable,
      [&shared, ticket, id, result = std::move(result)](const Answer& answer) {
        if (!answer.ok()) return shared.calls.Fail(ticket, answer.trouble);
        if (answer.reply->type != REDIS_REPLY_STRING)
          return shared.calls.Fail(ticket, MAMC_E_NOT_FOUND,
                                   "There is no dead letter " + id.Text() + " of this stream.");
        shared.calls.Done(ticket, result(TextOf(answer.reply)));
      });
}

}  // namespace

Words BuryCommand(const std::string& stream_key, const std::string& group, StreamId id,
                  const std::string& reason) {
  return scripts::Call(
      scripts::kBury, {stream_key, DeadKey(stream_key)},
      {group, id.Text(), reason, std::to_string(mamc::transport_common::UnixMs()), kMostKept});
}

void ListDead(Shared& shared, mamc_ticket ticket, const std::string& stream_key) {
  ListFrom(shared, ticket, DeadKey(stream_key), "-", std::make_shared<Listing>());
}

void ReplayDead(Shared& shared, mamc_ticket ticket, const std::string& stream_key, StreamId id) {
  DigUp(shared, ticket, stream_key, id, "replay", [](std::string_view new_id) {
    return Json{{"id", new_id}};
  });
}

void DropDead(Shared& shared, mamc_ticket ticket, const std::string& stream_key, StreamId id) {
  DigUp(shared, ticket, stream_key, id, "drop", [](std::string_view) { return Json::object(); });
}

}  // namespace redis_transport
