#include "transfer.hpp"

#include <algorithm>
#include <cctype>

namespace mamc::http {
namespace {

constexpr int kMaxRedirects = 5;

std::string UrlPart(const std::string& url, CURLUPart part, unsigned flags = 0) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return "";
  char* text = nullptr;
  if (curl_url_get(parsed.get(), part, &text, flags) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::string Origin(const std::string& url) {
  return UrlPart(url, CURLUPART_SCHEME) + "://" + UrlPart(url, CURLUPART_HOST) + ":" +
         UrlPart(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

bool IsRedirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Problem ProblemOf(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return Problem::kNone;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Problem::kRefused;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2_STREAM:
      return Problem::kBrokeOff;
    default:
      return Problem::kUnreachable;
  }
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string ShownUrl(const std::string& url) {
  const std::string scheme = UrlPart(url, CURLUPART_SCHEME);
  if (scheme.empty()) return "(a URL that cannot be read)";
  const std::string port = UrlPart(url, CURLUPART_PORT);
  return scheme + "://" + UrlPart(url, CURLUPART_HOST) + (port.empty() ? "" : ":" + port) +
         UrlPart(url, CURLUPART_PATH);
}

std::string Head::Header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

Transfer::Transfer(Request request, std::shared_ptr<Handler> handler)
    : request_(std::move(request)), handler_(std::move(handler)), easy_(curl_easy_init()) {
  SetUp();
}

void Transfer::SetUp() {
  CURL* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &OnHeaderLine);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBodyBytes);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request_.send_once ? 1L : 0L);
  for (const auto& [name, value] : request_.headers) {
    curl_slist* longer = curl_slist_append(headers_.get(), (name + ": " + value).c_str());
    if (longer == nullptr) continue;  // out of memory: libcurl will say so when it performs
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  if (request_.method == "GET") return;
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
}

Clock::time_point Transfer::Deadline() const {
  Clock::time_point deadline =
      last_byte_ + (body_bytes_ == 0 ? request_.first_byte_timeout : request_.idle_timeout);
  if (request_.total_timeout) deadline = std::min(deadline, started_ + *request_.total_timeout);
  return deadline;
}

End Transfer::Late() const {
  const auto ms = [](Milliseconds time) { return std::to_string(time.count()) + " ms"; };
  const std::string where = ShownUrl(request_.url);
  const bool whole = request_.total_timeout && Clock::now() >= started_ + *request_.total_timeout;
  long asked_bytes = 0;
  curl_easy_getinfo(handle(), CURLINFO_REQUEST_SIZE, &asked_bytes);
  if (asked_bytes == 0) {
    return {Problem::kUnreachable, where + " cannot be reached: no connection within " +
                                       ms(whole ? *request_.total_timeout : request_.first_byte_timeout) +
                                       "."};
  }
  if (whole)
    return {Problem::kTimeout,
            where + " did not finish its answer within " + ms(*request_.total_timeout) + "."};
  if (body_bytes_ == 0)
    return {Problem::kTimeout,
            where + " sent nothing for " + ms(request_.first_byte_timeout) + " after the request."};
  return {Problem::kTimeout,
          where + " fell silent in the middle of its answer for " + ms(request_.idle_timeout) + "."};
}

std::size_t Transfer::OnHeaderLine(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<Transfer*>(self)->TakeHeaderLine({data, size * count});
  return size * count;
}

std::size_t Transfer::OnBodyBytes(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->TakeBody({data, size * count}) ? size * count : 0;
}

void Transfer::TakeHeaderLine(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // of the last response: 100 Continue and redirects have heads as well
    head_ = {};
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos)
    head_.headers[Lower(line.substr(0, colon))] = Trimmed(line.substr(colon + 1));
}

void Transfer::TellHead() {
  if (std::exchange(head_told_, true)) return;
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  head_.status = static_cast<int>(status);
  handler_->OnHead(head_);
}

bool Transfer::TakeBody(std::string_view bytes) {
  last_byte_ = Clock::now();
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  body_bytes_ += bytes.size();
  if (body_bytes_ > request_.max_body_bytes) {
    refused_ = {Problem::kRefused, ShownUrl(request_.url) + " answered with more than " +
                                       std::to_string(request_.max_body_bytes) + " bytes, the limit."};
    return false;
  }
  if (IsRedirect(status)) return true;
  TellHead();
  handler_->OnBody(bytes);
  return true;
}

bool Transfer::Redirects(CURLcode code) {
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  char* target = nullptr;
  curl_easy_getinfo(handle(), CURLINFO_REDIRECT_URL, &target);
  if (code != CURLE_OK || !IsRedirect(status) || target == nullptr) return false;

  const bool keeps_meaning = request_.method == "GET" || status == 307 || status == 308;
  if (Origin(target) != Origin(request_.url) || !keeps_meaning || ++redirects_ > kMaxRedirects) {
    refused_ = {
        Problem::kRefused,
        ShownUrl(request_.url) + " redirects to " + ShownUrl(target) +
            ", which is not followed: only few redirects, and on the same host. Configure the final URL."};
    return false;
  }
  request_.url = target;
  body_bytes_ = 0;
  curl_easy_setopt(handle(), CURLOPT_URL, request_.url.c_str());
  return true;
}

void Transfer::Finish(CURLcode code) {
  if (refused_.problem != Problem::kNone) return handler_->OnEnd(refused_);
  if (code == CURLE_OK) TellHead();
  handler_->OnEnd({ProblemOf(code), code == CURLE_OK ? "" : SentenceFor(code)});
}

void Transfer::Finish(const End& end) {
  handler_->OnEnd(end);
}

std::string Transfer::SentenceFor(CURLcode code) const {
  const std::string detail = error_[0] != '\0' ? error_ : curl_easy_strerror(code);
  return ShownUrl(request_.url) +
         (head_told_ ? " broke off in the middle of its answer: " : " cannot be reached: ") + detail + ".";
}

}  // namespace mamc::http
