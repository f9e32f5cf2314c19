// `mamc-host submit`: asks the machine that coordinates a project, over the transport, to run its loop, and
// waits for what came of it.
#include <optional>
#include <ostream>

#include "commands.hpp"
#include "machine_options.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/plugin_client.hpp"
#include "mamc/cli/table.hpp"
#include "mamc/messaging/channel.hpp"
#include "signals.hpp"

namespace mamc::cli {
namespace {

constexpr Milliseconds kEcho(500);         // our own word is heard by then, or said again
constexpr Milliseconds kPatience(10'000);  // after which is said that nobody has taken it up

struct SubmitOptions {
  std::string project;
  bool no_wait = false;
  bool json = false;
};

messaging::Request RequestFor(const SubmitOptions& options) {
  messaging::Request request;
  request.to_persona = "coordination";
  request.intent = "run";
  request.project_id = options.project;
  request.payload = {{"project_id", options.project}};
  request.corr_id = "submit-" + RandomHex(8);
  return request;
}

// One submission and the wait for its answer, on the client's loop.
class Submission {
 public:
  Submission(Session& session, const SubmitOptions& options, PluginClient& client)
      : session_(session),
        options_(options),
        loop_(client.loop()),
        request_(RequestFor(options)),
        channel_(client.loop(), client.calls(), client.instance(), ChannelOptionsOf(session)) {}

  // Until it is taken or answered, as the options say, or cannot be, or a signal comes.
  void Run(const StopSignals& signals) {
    const WatchId watch = loop_.WatchReadable(signals.fd(), [this] { loop_.Stop(); });
    if (options_.no_wait) {
      loop_.Post([this] { Publish(); });
    } else {
      channel_.Expect(
          request_.corr_id, [this](const messaging::Event& event) { Heard(event); }, [this] { Lost(); });
      loop_.Post([this] { SayEcho(); });
    }
    loop_.Run();
    loop_.Unwatch(watch);
  }

  const std::string& corr_id() const { return request_.corr_id; }
  bool taken() const { return taken_; }  // by the server
  const std::optional<messaging::Event>& answer() const { return answer_; }
  const Status& status() const { return status_; }  // why it could not be taken, or heard of

 private:
  messaging::ChannelOptions ChannelOptionsOf(Session& session) {
    messaging::ChannelOptions options;
    options.consumer = ConsumerName();
    options.context = SecretsFrom(session.config());
    options.outage_limit_ms = session.config().outage_limit_ms;
    options.on_lost = [this](Status status) { Fail(std::move(status)); };
    return options;
  }

  // The events are read from when the reader stands: only who has heard himself will hear the answer.
  void SayEcho() {
    messaging::Event event;
    event.from_persona = "submit";
    event.status = "progress";
    event.result = {{"state", "submitted"}};
    event.corr_id = request_.corr_id;
    event.timestamp_ms = loop_.clock().UnixMs();
    channel_.PublishEvent(event, [this](Status said) {
      if (!said.ok()) Fail(std::move(said));
    });
    echo_ = loop_.After(kEcho, [this] { SayEcho(); });
  }

  void Publish() {
    channel_.PublishRequest(request_, [this](Status sent) {
      if (!sent.ok()) return Fail(std::move(sent));
      if (!std::exchange(taken_, true)) Taken();
    });
  }

  // Whoever looks for it later knows its name from here on.
  void Taken() {
    if (!options_.json) session_.out << request_.corr_id << std::endl;
    if (options_.no_wait) return loop_.Stop();
    session_.err << "submitted as " << request_.corr_id
                 << "; waiting for the answer, Ctrl-C leaves it running\n";
    patience_ = loop_.After(kPatience, [this] {
      session_.err << "no machine with `coordination` has taken it up yet; it is kept until one does\n";
    });
  }

  // The server has come back without it. Under the same name nobody runs it twice.
  void Lost() {
    if (taken_) Publish();
  }

  void Heard(const messaging::Event& event) {
    bool ours = event.from_persona == "submit";
    if (ours && !std::exchange(echoed_, true)) {
      loop_.Cancel(echo_);
      return Publish();
    }
    if (ours) return;
    loop_.Cancel(patience_);
    if (event.status != "done" && event.status != "error") return;
    answer_ = event;
    loop_.Stop();
  }

  void Fail(Status status) {
    status_ = std::move(status);
    loop_.Stop();
  }

  Session& session_;
  const SubmitOptions& options_;
  Loop& loop_;
  const messaging::Request request_;
  messaging::Channel channel_;
  bool echoed_ = false;
  bool taken_ = false;
  TimerId echo_ = 0;
  TimerId patience_ = 0;
  std::optional<messaging::Event> answer_;
  Status status_;
};

void PrintTasks(Session& session, const Json& result) {
  Table table({"TASK", "STATUS", "TITLE", "WHY"});
  for (const Json& task : GetMember(result, "tasks"))
    table.Add({GetString(task, "id"), GetString(task, "status"), GetString(task, "title"),
               Gist(GetString(task, "error"))});
  table.Print(session.out);
}

Exit Tell(Session& session, const SubmitOptions& options, const messaging::Event& answer) {
  if (options.json)
    PrintJson(session.out, {{"corr_id", answer.corr_id},
                            {"status", answer.status},
                            {"result", answer.result},
                            {"error", answer.error}});
  if (answer.status == "error") {
    Code code = static_cast<Code>(GetInt(answer.result, "code", static_cast<int>(Code::kFailed)));
    return session.Fail(Status(code, answer.error));
  }
  if (!options.json) PrintTasks(session, answer.result);
  session.err << Printable(GetString(answer.result, "output")) << '\n';
  return GetString(answer.result, "status") == "pass" ? kDone : kWorkFailed;
}

Exit Submit(Session& session, const SubmitOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  if (session.config().transport == "local")
    return session.Fail(kWrongUse,
                        "with `transport: local` (" + session.config().OriginOf("transport").ToString() +
                            ") nobody hears of it: name the transport that the machines share, as redis");
  const StopSignals signals;  // before any thread
  auto transport = PluginClient::OfTransport(session);
  if (!transport.ok()) return session.Fail(transport.status());
  Submission submission(session, options, **transport);
  submission.Run(signals);
  if (submission.answer()) return Tell(session, options, *submission.answer());
  if (!submission.status().ok()) return session.Fail(submission.status());
  if (options.no_wait && submission.taken()) {
    if (options.json) PrintJson(session.out, {{"corr_id", submission.corr_id()}});
    return kDone;
  }
  if (submission.taken())
    session.err << "\nnot waited for any more; the machine that coordinates goes on\n";
  else
    session.err << "\ninterrupted: no server has said that it took the submission " << submission.corr_id()
                << '\n';
  return kInterrupted;
}

}  // namespace

void AddSubmitCommand(CommandLine& line) {
  auto options = std::make_shared<SubmitOptions>();
  CLI::App* command = AddCommand(line, line.app, "submit", "Have the machine that coordinates run a project",
                                 options, Submit);
  command->add_option("--project", options->project, "Project to be run")->required()->type_name("ID");
  command->add_flag("--no-wait", options->no_wait,
                    "Print the submission's corr_id and do not wait for its end");
  AddJsonFlag(command, &options->json);
}

}  // namespace mamc::cli
