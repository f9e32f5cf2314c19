#include "checkup.hpp"

#include <tuple>

#include "../machine_options.hpp"
#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"

namespace mamc::cli::doctor {
namespace {

using std::chrono::seconds;

constexpr Milliseconds kPatience = seconds(15);
// After it nobody is waited for, not even a plugin that does not heed a cancel.
constexpr Milliseconds kLongestRun = seconds(30);

class OneAnswer final : public plugin::ServedObserver {
 public:
  OneAnswer(plugin::Calls& calls, Checkup::Answered answered)
      : ServedObserver(calls), answered_(std::move(answered)) {}
  void OnComplete(plugin::Ticket, plugin::Outcome outcome, bool) override {
    if (outcome.code != Code::kOk) return answered_(Status(outcome.code, outcome.Message()));
    answered_(ParseJson(outcome.json));
  }

 private:
  Checkup::Answered answered_;
};

}  // namespace

Checkup::Checkup(Session& session, std::vector<std::string> projects)
    : session_(session), projects_(std::move(projects)) {
  session_.takes_what_it_can = true;
  Load();
  // What plugins say is in their answers.
  const bool asked = config().OriginOf("log.level").source != config::Source::kDefault;
  ConfigureLog({config().log_level, config().log_format, asked, ""});
  loop_ = MakeLoop();
  calls_ = std::make_unique<plugin::Calls>(*loop_, session_.catalog());
}

Checkup::~Checkup() {
  announcements_.reset();
  calls_.reset();
  session_.on_said = {};
}

// An exit code is a mistake that was said; whatever else can be loaded is.
void Checkup::Load() {
  const auto hear_into = [this](std::vector<Said>& said) {
    session_.on_said = [&said](bool is_warning, const std::string& message) {
      said.push_back({is_warning, message});
    };
  };
  hear_into(said_of_config_);
  std::ignore = session_.NeedCheckedNames();
  hear_into(said_of_definitions_);
  std::ignore = ReadDefinitions(session_, &definitions_);
  hear_into(said_of_config_);
  std::ignore = AllowedPersonas(session_, definitions_.personas, &served_);
  if (!projects_.empty()) return;
  for (const auto& [id, project] : config().projects) projects_.push_back(id);
}

std::vector<Section> Checkup::Run() {
  std::vector<Section> sections;
  for (const Check& check : Checks()) sections.push_back({check.id, check.title, {}});
  for (std::size_t i = 0; i < sections.size(); ++i) Checks()[i].run(*this, sections[i]);
  if (open_.empty()) return sections;
  const TimerId guard = loop_->After(kLongestRun, [this] { loop_->Stop(); });
  loop_->Run();
  loop_->Cancel(guard);
  for (const auto& [number, who] : open_)
    sections.back().Failed(Status(Code::kTimeout, who + " gave no answer and could not be stopped"), "",
                           "look at its log, or disable it in plugins.disable");
  return sections;
}

std::string Checkup::CommandToShow(plugin::Kind kind, const std::string& type) const {
  auto found = session_.catalog().Find(kind, type);
  return Command(found.ok() ? "plugin show " + ShellWord(found->plugin->id) : "plugin list");
}

std::int64_t Checkup::NowMs() const {
  return loop_->clock().UnixMs();
}

std::size_t Checkup::Begin(const std::string& who) {
  open_[++asked_] = who;
  return asked_;
}

// After whoever was answered, who may ask more.
void Checkup::End(std::size_t number) {
  open_.erase(number);
  if (open_.empty()) loop_->Stop();
}

Result<std::shared_ptr<plugin::Instance>> Checkup::Open(plugin::Kind kind, config::Section section,
                                                        const std::string& id) {
  auto settings = SettingsFor(session_, kind, section, id);
  if (!settings.ok()) return settings.status();
  return calls_->Open(kind, id, *settings);
}

void Checkup::Ask(plugin::Kind kind, config::Section section, const std::string& id, std::uint32_t verb,
                  const Json& input, Answered answered) {
  const std::size_t number = Begin("the " + std::string(plugin::KindName(kind)) + " " + id);
  auto ended = [this, number, answered = std::move(answered)](Result<Json> answer) {
    answered(std::move(answer));
    End(number);
  };
  auto instance = Open(kind, section, id);
  if (!instance.ok()) return loop_->Post([ended, why = instance.status()] { ended(why); });
  plugin::CallInfo info;
  info.verb = verb;
  info.started_unix_ms = NowMs();
  info.deadline_unix_ms = info.started_unix_ms + kPatience.count();
  info.op_id = RandomHex(16);
  calls_->Start(*instance, info, Dump(input), std::make_shared<OneAnswer>(*calls_, ended),
                SecretsFrom(config()));
}

void Checkup::ListMachines(std::function<void(Result<Machines>)> then) {
  const std::size_t number = Begin("the transport " + config().transport);
  auto ended = [this, number, then = std::move(then)](Result<Machines> machines) {
    then(std::move(machines));
    End(number);
  };
  auto transport = Open(plugin::Kind::kTransport, config::Section::kTransports, config().transport);
  if (!transport.ok()) return loop_->Post([ended, why = transport.status()] { ended(why); });
  messaging::AnnouncementOptions options;
  options.context = SecretsFrom(config());
  announcements_ = std::make_unique<messaging::Announcements>(*loop_, *calls_, *transport, options);
  announcements_->List(ended);
}

void Checkup::AskBoard(std::uint32_t verb, const Json& input, Answered answered) {
  Ask(plugin::Kind::kBoard, config::Section::kBoards, config().board, verb, input, std::move(answered));
}

void Checkup::AskTransport(std::uint32_t verb, const Json& input, Answered answered) {
  Ask(plugin::Kind::kTransport, config::Section::kTransports, config().transport, verb, input,
      std::move(answered));
}

}  // namespace mamc::cli::doctor
