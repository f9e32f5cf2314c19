// The dashboard's HTTP API: its address, its token, and what its answers and its silence mean.
//
// Reading is tried again while the dashboard is away; what changes something is sent once, and when its
// answer is lost the caller looks what came of it before it sends it again.
//
// Thread rule: the HTTP client's worker thread.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "errand.hpp"

namespace dashboard_board {

// "/projects/my%20project/tasks": each part as one segment of a path. Throws for what cannot be one.
std::string Path(const std::vector<std::string>& parts);

// What came of something that was sent to change something.
struct Sent {
  enum class End {
    kDone,
    kRefused,  // by the dashboard, which has changed nothing
    kUnknown,  // nobody knows: no answer, or one of a server in trouble
  };
  End end = End::kUnknown;
  int status = 0;
  Json answer;                     // kDone: what was said, null when it was no JSON
  std::string words;               // kRefused: of the server, with the address
  std::optional<Failure> trouble;  // kUnknown
};

class Api {
 public:
  // Throws when the settings cannot be meant.
  explicit Api(const Json& settings);

  // The JSON at a path. Waits out an outage as Patience says; throws what is final.
  Task<Json> Get(Errand& errand, std::string path);
  // Likewise; null when there is nothing at that path.
  Task<Json> GetIfThere(Errand& errand, std::string path);
  Task<Sent> Send(Errand& errand, std::string method, std::string path, Json body);

  enum class For { kReading, kChange };
  // How long one call goes on trying; one for each call of the host.
  class Patience {
   public:
    Patience(Api& api, For what) : api_(api), what_(what) {}
    // Waits before the next try. Throws `trouble` when the dashboard was never there, or has been away for
    // too long. A change that it does not take for so long, while it answers other questions, has failed.
    Task<void> Wait(Errand& errand, Failure trouble);

   private:
    Api& api_;
    const For what_;
    std::optional<std::chrono::steady_clock::time_point> since_;
    int tries_ = 0;
  };

  // The address as it may be told.
  std::string shown() const;

 private:
  struct Judged {
    bool passing = false;  // it may pass without us
    std::optional<Failure> failure;
    Json answer;
  };

  mamc::http::Request To(const Errand& errand, const std::string& path) const;
  Judged Judge(const Errand& errand, const Response& response, const std::string& url);
  Failure Refusal(const Errand& errand, const Response& response, const std::string& url) const;
  void Answered();
  void TellOutage(std::chrono::steady_clock::time_point now, const Failure& trouble);

  std::string base_;
  mamc::http::Milliseconds connect_timeout_;
  mamc::http::Milliseconds answer_timeout_;
  mamc::http::Milliseconds outage_limit_;
  bool was_there_ = false;
  bool outage_told_ = false;
  std::optional<std::chrono::steady_clock::time_point> away_since_;  // nothing was answered since
};

// JSON of the server; discarded when it is none, or is nested too deep to be meant.
Json ParseAnswer(const std::string& text);

}  // namespace dashboard_board
