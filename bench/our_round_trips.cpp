// The same by the host's own layers: the channel, the calls into the plugin, the transport `redis`.
#include <unistd.h>

#include <chrono>
#include <stdexcept>

#include "mamc/base/log.hpp"
#include "mamc/base/loop.hpp"
#include "mamc/messaging/channel.hpp"
#include "rig.hpp"
#include "round_trips.hpp"

namespace mamc::bench {
namespace {

using messaging::Channel;
using messaging::Event;
using messaging::Request;

constexpr const char* kPersona = "bench";

messaging::ChannelOptions ChannelOptionsOf(const Lane& lane) {
  messaging::ChannelOptions options;
  options.request_stream = lane.requests;
  options.event_stream = lane.events;
  options.group_prefix = lane.group.substr(0, lane.group.size() - std::string(kPersona).size());
  return options;
}

struct Post {
  explicit Post(const Lane& lane)
      : loop(MakeLoop()), catalog(Plugins()), calls((catalog.Scan(), *loop), catalog) {
    auto transport =
        calls.Open(plugin::Kind::kTransport, "redis", {{"host", "127.0.0.1"}, {"port", lane.port}});
    if (!transport.ok()) throw std::runtime_error(transport.status().message());
    channel = std::make_unique<Channel>(*loop, calls, *transport, ChannelOptionsOf(lane));
  }
  void Check(const Status& status) {
    if (status.ok()) return;
    error = status.message();
    loop->Stop();
  }
  void Run() {
    loop->Run();
    if (!error.empty()) throw std::runtime_error(error);
  }

  std::unique_ptr<Loop> loop;
  plugin::Catalog catalog;
  plugin::Calls calls;
  std::unique_ptr<Channel> channel;
  std::string error;
};

class Requester {
 public:
  explicit Requester(Post& post) : post_(post) {}

  double Trips(std::size_t count, std::size_t in_flight) {
    left_ = waiting_ = count;
    const auto before = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < in_flight; ++i) Ask();
    post_.Run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  }

 private:
  void Ask() {
    if (left_ == 0) return;
    --left_;
    Request request;
    request.workflow_id = request.step = "bench";
    request.from = "coordination";
    request.to_persona = kPersona;
    request.intent = "work";
    request.corr_id = "c" + std::to_string(++number_);
    request.deadline_s = 600;
    auto expectation = std::make_shared<Channel::Expectation>();
    *expectation = post_.channel->Expect(request.corr_id, [this, expectation](const Event& event) {
      if (event.status != "done") return;
      post_.channel->Forget(*expectation);
      if (--waiting_ == 0) return post_.loop->Stop();
      Ask();
    });
    post_.channel->PublishRequest(request, [this](Status status) { post_.Check(status); });
  }

  Post& post_;
  std::size_t number_ = 0, left_ = 0, waiting_ = 0;
};

}  // namespace

double OurRoundTrips(const Lane& lane, std::size_t count, std::size_t in_flight) {
  Post post(lane);
  Requester requester(post);
  requester.Trips(in_flight * 10, in_flight);
  return requester.Trips(count, in_flight);
}

void OurWorker(const Lane& lane, std::size_t in_flight) {
  Post post(lane);
  post.channel->Consume(kPersona, in_flight, [&post](const messaging::Delivery& delivery) {
    Event event;
    event.workflow_id = event.step = "bench";
    event.from_persona = kPersona;
    event.status = "done";
    event.result = Json::object();
    event.corr_id = delivery.fields.at("corr_id");
    post.channel->PublishEvent(event, [&post, delivery](Status status) {
      post.Check(status);
      post.channel->Acknowledge(delivery);
    });
  });
  post.loop->WatchReadable(STDIN_FILENO, [&post] { post.loop->Stop(); });
  post.Run();
}

}  // namespace mamc::bench
