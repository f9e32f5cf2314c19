// One request on its way through libcurl: its easy handle, its clocks, and what it has told its handler.
//
// Used on the client's worker thread alone.
#pragma once
#include <curl/curl.h>

#include <chrono>
#include <memory>

#include "mamc/http/client.hpp"

namespace mamc::http {

using Clock = std::chrono::steady_clock;

class Transfer {
 public:
  Transfer(Request request, std::shared_ptr<Handler> handler);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() const { return easy_.get(); }
  void SetIdleTimeout(Milliseconds timeout) { request_.idle_timeout = timeout; }
  // When the request has waited too long, unless something comes before.
  Clock::time_point Deadline() const;
  // What it ends with then.
  End Late() const;

  // After libcurl is done with it: true when it must be performed once more, for a redirect on the same host.
  bool Redirects(CURLcode code);
  // Tells the handler how it ended, as libcurl sees it or as we do.
  void Finish(CURLcode code);
  void Finish(const End& end);

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static std::size_t OnHeaderLine(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBodyBytes(char* data, std::size_t size, std::size_t count, void* self);
  void SetUp();
  void TakeHeaderLine(std::string_view line);
  bool TakeBody(std::string_view bytes);
  void TellHead();
  std::string SentenceFor(CURLcode code) const;

  Request request_;
  std::shared_ptr<Handler> handler_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  char error_[CURL_ERROR_SIZE] = {};
  Head head_;
  bool head_told_ = false;
  std::size_t body_bytes_ = 0;
  int redirects_ = 0;
  End refused_;  // set when we stopped the transfer ourselves
  const Clock::time_point started_ = Clock::now();
  Clock::time_point last_byte_ = started_;
};

}  // namespace mamc::http
