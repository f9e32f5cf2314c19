#include "mamc/http/client.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "transfer.hpp"

namespace mamc::http {
namespace {

const End kCancelled = {Problem::kCancelled, "The request was cancelled."};

void InitialiseOnce() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(code);  // a libcurl that could not start fails every request with its own words
}

}  // namespace

// Implementation: other threads leave orders under a mutex and wake the worker out of curl_multi_poll. Only
// the worker touches libcurl and calls handlers.
struct Client::Worker {
  struct Order {
    RequestId id;
    std::unique_ptr<Transfer> start;           // none: change or cancel
    std::optional<Milliseconds> idle_timeout;  // none: start or cancel
  };
  using Work = std::function<void()>;

  Worker() : multi(curl_multi_init()), thread([this] { Run(); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    curl_multi_wakeup(multi);
    thread.join();
    curl_multi_cleanup(multi);
  }

  RequestId Leave(Order order) {
    RequestId id = order.id;
    {
      const std::lock_guard lock(mutex);
      if (order.start) id = order.id = ++last_id;
      orders.push_back(std::move(order));
    }
    curl_multi_wakeup(multi);
    return id;
  }

  void LeaveWork(Clock::time_point due, Work work) {
    {
      const std::lock_guard lock(mutex);
      works.emplace(due, std::move(work));
    }
    curl_multi_wakeup(multi);
  }

  void Run() {
    while (TakeOrders()) {
      int running = 0;
      curl_multi_perform(multi, &running);
      FinishDone();
      EndLate();
      DoWorks();
      curl_multi_poll(multi, nullptr, 0, WaitMs(), nullptr);
    }
    while (!open.empty()) EndWith(open.begin()->first, kCancelled);
  }

  // False when the client is going away.
  bool TakeOrders() {
    std::vector<Order> taken;
    bool going_on = true;
    {
      const std::lock_guard lock(mutex);
      taken.swap(orders);
      going_on = !stopping;
    }
    for (Order& order : taken) {
      if (order.start) {
        curl_multi_add_handle(multi, order.start->handle());
        ids.emplace(order.start.get(), order.id);
        open.emplace(order.id, std::move(order.start));
      } else if (order.idle_timeout) {
        if (open.contains(order.id)) open.at(order.id)->SetIdleTimeout(*order.idle_timeout);
      } else {
        EndWith(order.id, kCancelled);
      }
    }
    return going_on;
  }

  void FinishDone() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message is gone once its handle is removed
      CURL* const easy = message->easy_handle;
      Transfer* transfer = nullptr;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
      curl_multi_remove_handle(multi, easy);
      if (transfer->Redirects(code)) {
        curl_multi_add_handle(multi, easy);
        continue;
      }
      const std::unique_ptr<Transfer> finished = Remove(ids.at(transfer));
      finished->Finish(code);
    }
  }

  void EndLate() {
    const Clock::time_point now = Clock::now();
    std::vector<RequestId> late;
    for (const auto& [id, transfer] : open) {
      if (transfer->Deadline() <= now) late.push_back(id);
    }
    for (const RequestId id : late) EndWith(id, open.at(id)->Late());
  }

  void DoWorks() {
    std::vector<Work> due;
    {
      const std::lock_guard lock(mutex);
      const auto end = works.upper_bound(Clock::now());
      for (auto it = works.begin(); it != end; it = works.erase(it)) due.push_back(std::move(it->second));
    }
    for (const Work& work : due) work();
  }

  void EndWith(RequestId id, const End& end) {
    if (!open.contains(id)) return;
    curl_multi_remove_handle(multi, open.at(id)->handle());
    Remove(id)->Finish(end);
  }

  std::unique_ptr<Transfer> Remove(RequestId id) {
    auto node = open.extract(id);
    ids.erase(node.mapped().get());
    return std::move(node.mapped());
  }

  int WaitMs() {
    constexpr std::int64_t kLongestMs = 60'000;
    std::int64_t wait = kLongestMs;
    const Clock::time_point now = Clock::now();
    const auto wait_until = [&](Clock::time_point time) {
      wait = std::clamp<std::int64_t>(std::chrono::ceil<Milliseconds>(time - now).count(), 0, wait);
    };
    for (const auto& [id, transfer] : open) wait_until(transfer->Deadline());
    const std::lock_guard lock(mutex);
    if (!works.empty()) wait_until(works.begin()->first);
    return static_cast<int>(wait);
  }

  CURLM* multi;
  std::mutex mutex;
  std::vector<Order> orders;                     // protected by mutex
  std::multimap<Clock::time_point, Work> works;  // by when they are due; protected by mutex
  RequestId last_id = 0;                         // protected by mutex
  bool stopping = false;                         // protected by mutex
  std::unordered_map<RequestId, std::unique_ptr<Transfer>> open;
  std::unordered_map<const Transfer*, RequestId> ids;
  std::thread thread;  // last: it uses all of the above
};

Client::Client() {
  InitialiseOnce();
  worker_ = std::make_unique<Worker>();
}

Client::~Client() = default;

RequestId Client::Start(Request request, std::shared_ptr<Handler> handler) {
  return worker_->Leave({0, std::make_unique<Transfer>(std::move(request), std::move(handler)), {}});
}

void Client::Cancel(RequestId id) {
  worker_->Leave({id, nullptr, {}});
}

void Client::SetIdleTimeout(RequestId id, Milliseconds timeout) {
  worker_->Leave({id, nullptr, timeout});
}

void Client::After(Milliseconds delay, std::function<void()> work) {
  worker_->LeaveWork(Clock::now() + delay, std::move(work));
}

}  // namespace mamc::http
