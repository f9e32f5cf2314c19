#include "api.hpp"

#include <algorithm>
#include <charconv>

namespace dashboard_board {
namespace {

using mamc::http::Milliseconds;
using mamc::http::Problem;
using Clock = std::chrono::steady_clock;

constexpr const char* kTokenName = "DASHBOARD_API_TOKEN";
constexpr std::size_t kMaxAnswerBytes = std::size_t{32} << 20;
constexpr int kMaxDepth = 60;
constexpr int kTriesOfAStranger = 3;     // who never answered is no outage, but may have a bad moment
constexpr int kTriesBeforeItIsTold = 3;  // that a change is not taken
constexpr Milliseconds kFirstPause(50);
constexpr Milliseconds kLongestPause(5000);
constexpr std::int64_t kLongestAskedPauseS = 60;

std::string Base(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    throw Failure(MAMC_E_INVALID,
                  "boards.dashboard.base_url (DASHBOARD_API_BASE_URL) must begin with http:// or "
                  "https://, not '" +
                      url.substr(0, 60) + "'.");
  return url;
}

std::string Shortened(std::string words) {
  constexpr std::size_t kShown = 500;
  if (words.size() > kShown) words.replace(kShown, std::string::npos, "...");
  return words;
}

// {"error": text}, {"error": {"message": text}}, {"message": text}, {"detail": text}; else the body itself.
std::string Words(const std::string& body) {
  const Json parsed = ParseAnswer(body);
  if (!parsed.is_object()) return Shortened(body);
  const Json error = parsed.value("error", Json());
  const Json& holder = error.is_object() ? error : parsed;
  for (const Json& text : {error, holder.value("message", Json()), holder.value("detail", Json())})
    if (text.is_string()) return Shortened(text.get<std::string>());
  return Shortened(body);
}

bool IsSuccess(int status) {
  return status >= 200 && status < 300;
}

// Busy, starting, in trouble, or a proxy whose server is away.
bool MayPass(int status) {
  return status == 408 || status == 425 || status == 429 || (status >= 500 && status != 501 && status != 505);
}

// JSON that was begun: the rest is missing, or a server that broke down wrote something into it.
bool LooksCut(const std::string& body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first == std::string::npos || body[first] == '{' || body[first] == '[';
}

Json RetryAfterMs(const mamc::http::Head& head) {
  const std::string text = head.Header("retry-after");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool good = error == std::errc{} && end == text.data() + text.size() && seconds >= 0;
  return good ? Json(std::min(seconds, kLongestAskedPauseS) * 1000) : Json();
}

std::string MinutesText(Clock::duration time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  return seconds < 60 ? std::to_string(seconds) + " s" : std::to_string(seconds / 60) + " min";
}

Failure WaitedFor(const Failure& trouble, Clock::duration time) {
  const bool waited = time >= std::chrono::seconds(1);
  const std::string words = waited ? " It was waited for " + MinutesText(time) + " (limits.outage)." : "";
  return {trouble.code(), trouble.message() + words, trouble.details()};
}

Failure NotTaken(const Failure& trouble) {
  return {MAMC_E_FAILED,
          trouble.message() +
              "\nThe dashboard answers other questions, and does not take this change: see its log.",
          trouble.details()};
}

}  // namespace

Json ParseAnswer(const std::string& text) {
  bool too_deep = false;
  const auto limit = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  Json parsed = Json::parse(text, limit, false);
  return too_deep ? Json(Json::value_t::discarded) : parsed;
}

std::string Path(const std::vector<std::string>& parts) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string path;
  for (const std::string& part : parts) {
    // A segment of dots alone is a step up or none, however it is written.
    if (part.find_first_not_of('.') == std::string::npos)
      throw Failure(MAMC_E_NOT_FOUND, "The dashboard has no project or task '" + part + "'.");
    path += '/';
    for (const unsigned char c : part) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         c == '-' || c == '_' || c == '.' || c == '~' || c == ':';
      if (plain)
        path += static_cast<char>(c);
      else
        path.append({'%', kHex[c >> 4], kHex[c & 15]});
    }
  }
  return path;
}

Api::Api(const Json& settings)
    : base_(Base(settings.at("base_url").get<std::string>())),
      connect_timeout_(settings.value("connect_timeout_ms", 5000)),
      answer_timeout_(settings.value("answer_timeout_ms", 30'000)),
      outage_limit_(settings.value("outage_limit_ms", std::int64_t{600'000})) {}

std::string Api::shown() const {
  return mamc::http::ShownUrl(base_);
}

mamc::http::Request Api::To(const Errand& errand, const std::string& path) const {
  mamc::http::Request request;
  request.url = base_ + path;
  request.connect_timeout = connect_timeout_;
  request.first_byte_timeout = answer_timeout_;
  request.idle_timeout = answer_timeout_;
  request.total_timeout = answer_timeout_;
  request.max_body_bytes = kMaxAnswerBytes;
  request.headers = {{"Accept", "application/json"}};
  if (!errand.facts().token.empty())
    request.headers.push_back({"Authorization", "Bearer " + errand.facts().token});
  return request;
}

Task<Json> Api::Get(Errand& errand, std::string path) {
  Patience patience(*this, For::kReading);
  const std::string url = base_ + path;
  for (;;) {
    const Response response = co_await errand.Fetch(To(errand, path));
    Judged judged = Judge(errand, response, url);
    if (!judged.failure) co_return std::move(judged.answer);
    if (!judged.passing) throw *judged.failure;
    co_await patience.Wait(errand, *judged.failure);
  }
}

Task<Json> Api::GetIfThere(Errand& errand, std::string path) {
  try {
    co_return co_await Get(errand, std::move(path));
  } catch (const Failure& failure) {
    if (failure.code() != MAMC_E_NOT_FOUND) throw;
    co_return nullptr;
  }
}

Task<Sent> Api::Send(Errand& errand, std::string method, std::string path, Json body) {
  mamc::http::Request request = To(errand, path);
  const std::string url = request.url;
  request.method = std::move(method);
  request.send_once = true;  // whether it came through is not known then
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  const Response response = co_await errand.Fetch(std::move(request));
  Judged judged = Judge(errand, response, url);
  Sent sent;
  sent.status = response.head.status;
  const bool taken = response.end.problem == Problem::kNone && IsSuccess(sent.status);
  if (taken) {
    sent.end = Sent::End::kDone;
    sent.answer = judged.failure ? Json() : std::move(judged.answer);
  } else if (judged.passing) {
    sent.trouble = std::move(judged.failure);
  } else if (sent.status == 409 || sent.status == 422 || sent.status == 400) {
    sent.end = Sent::End::kRefused;
    sent.words = judged.failure->message();
  } else {
    throw *judged.failure;
  }
  co_return sent;
}

Api::Judged Api::Judge(const Errand& errand, const Response& response, const std::string& url) {
  const std::string where = mamc::http::ShownUrl(url);
  switch (response.end.problem) {
    case Problem::kNone:
      break;
    case Problem::kRefused:
      return {
          false, Failure(MAMC_E_FAILED, response.end.message + " Is boards.dashboard.base_url right?"), {}};
    default:
      return {true,
              Failure(MAMC_E_UNAVAILABLE, response.end.message +
                                              " Is the dashboard running, and is boards.dashboard.base_url "
                                              "(DASHBOARD_API_BASE_URL) right?"),
              {}};
  }
  const int status = response.head.status;
  if (MayPass(status))
    return {true,
            Failure(MAMC_E_UNAVAILABLE,
                    where + " answered with status " + std::to_string(status) + ": " + Words(response.body),
                    {{"status", status}, {"retry_after_ms", RetryAfterMs(response.head)}}),
            {}};
  if (!IsSuccess(status)) {
    Answered();
    return {false, Refusal(errand, response, url), {}};
  }
  Json answer = ParseAnswer(response.body);
  const bool structured = answer.is_object() || answer.is_array();
  if (!structured && LooksCut(response.body))
    return {
        true, Failure(MAMC_E_UNAVAILABLE, where + " answered with something that ends in the middle."), {}};
  Answered();
  if (!structured)
    return {false,
            Failure(MAMC_E_FAILED,
                    where + " does not answer like a dashboard: " + Shortened(response.body) +
                        "\nIs boards.dashboard.base_url (DASHBOARD_API_BASE_URL) right?",
                    {{"status", status}}),
            {}};
  return {false, std::nullopt, std::move(answer)};
}

Failure Api::Refusal(const Errand& errand, const Response& response, const std::string& url) const {
  const int status = response.head.status;
  std::string sentence = mamc::http::ShownUrl(url) + " answered with status " + std::to_string(status) +
                         ": " + Words(response.body);
  const Json details = {{"status", status}};
  if (status == 401 || status == 403) {
    const std::string name = kTokenName;
    sentence += errand.facts().token.empty() ? "\nNo token was sent, since " + name + " is not set; set it"
                                             : "\nThe token in " + name + " is refused; set " + name;
    return {MAMC_E_PERMISSION,
            sentence + ", in the environment or in .env, to one that this dashboard takes.", details};
  }
  if (status == 404) return {MAMC_E_NOT_FOUND, sentence, details};
  if (status == 405 || status == 501) return {MAMC_E_UNSUPPORTED, sentence, details};
  if (status >= 300 && status < 400) sentence += "\nSet boards.dashboard.base_url to the final address.";
  return {MAMC_E_FAILED, sentence, details};
}

void Api::Answered() {
  was_there_ = true;
  if (std::exchange(outage_told_, false))
    Log(MAMC_LOG_INFO, "The dashboard " + shown() + " answers again after " +
                           MinutesText(Clock::now() - *away_since_) + ".");
  away_since_.reset();
}

// A bad moment is none; what lasts is said once.
void Api::TellOutage(Clock::time_point now, const Failure& trouble) {
  if (!away_since_) away_since_ = now;
  if (outage_told_ || now - *away_since_ < std::chrono::seconds(1)) return;
  outage_told_ = true;
  Log(MAMC_LOG_WARN,
      "The dashboard is waited for, up to " + MinutesText(outage_limit_) + ": " + trouble.message());
}

Task<void> Api::Patience::Wait(Errand& errand, Failure trouble) {
  const Clock::time_point now = Clock::now();
  if (!api_.was_there_ && tries_ >= kTriesOfAStranger) throw trouble;
  api_.TellOutage(now, trouble);
  if (!since_) since_ = *api_.away_since_;
  const bool not_taken = what_ == For::kChange && *api_.away_since_ > *since_;  // answered in between
  const Clock::time_point end = *since_ + api_.outage_limit_;
  if (now >= end) throw WaitedFor(not_taken ? NotTaken(trouble) : trouble, now - *since_);
  if (not_taken && tries_ == kTriesBeforeItIsTold)
    Log(MAMC_LOG_WARN, NotTaken(trouble).message() + " It is sent again, for up to " +
                           MinutesText(api_.outage_limit_) + ".");
  Milliseconds pause = std::min(kFirstPause * (1 << std::min(tries_++, 10)), kLongestPause);
  if (trouble.details().is_object()) {
    const Json asked = trouble.details().value("retry_after_ms", Json());
    if (asked.is_number_integer()) pause = std::max(pause, Milliseconds(asked.get<std::int64_t>()));
  }
  // The last try is at the limit, not long after it.
  pause = std::min(pause, std::chrono::ceil<Milliseconds>(end - now));
  co_await errand.Sleep(pause);
}

}  // namespace dashboard_board
