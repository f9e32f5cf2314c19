// The persona backend `command`: a program that gets the question on standard input and prints the answer.
#include <mamc/backend.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mamc/cpp/plugin.hpp>
#include <mamc/cpp/self_test.hpp>

namespace {

using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Json;
using mamc::sdk::Task;

constexpr int kTryAgain = 75;  // EX_TEMPFAIL
constexpr std::int64_t kMaxAnswerBytes = std::int64_t{8} << 20;
constexpr std::size_t kShownErrorBytes = 2000;

std::string Tail(const std::string& text) {
  if (text.size() <= kShownErrorBytes) return text;
  std::size_t begin = text.size() - kShownErrorBytes;
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
  return "..." + text.substr(begin);
}

Json Piece(const Json& text) {
  return {{"text", text}};
}

class Command final : public mamc::sdk::Type {
 public:
  explicit Command(const Json& settings)
      : settings_(settings), program_(settings.at("argv").at(0).get<std::string>()) {
    // The host makes a path of mamc.yaml absolute. Here it would start wherever the host happens to stand.
    if (program_.find('/') != std::string::npos && program_.front() != '/')
      throw Failure(MAMC_E_INVALID, "backends.command.argv: '" + program_ +
                                        "' starts at no known folder: give the program's absolute path, or "
                                        "its bare name when it is in PATH.");
  }

  Task<Json> Call(Context& context, Json input) override {
    switch (context.verb()) {
      case MAMC_VERB_SELFTEST:
        co_return SelfTest();
      case MAMC_BACKEND_DESCRIBE:
        co_return Describe();
      case MAMC_BACKEND_ASK:
        break;
      default:
        throw Failure(MAMC_E_UNSUPPORTED,
                      "The backend 'command' has no verb " + std::to_string(context.verb()) + ".");
    }
    const Json ended = co_await Ended(context, input);
    Json answer = AnswerFrom(ended, input);
    if (answer.contains("reasoning")) context.Emit("reasoning", Piece(answer["reasoning"]));
    context.Emit("delta", Piece(answer["text"]));
    co_return answer;
  }

 private:
  // A program that does not heed TERM outlasts the question. Why that is stopped is the host's word.
  Task<Json> Ended(Context& context, const Json& question) const {
    try {
      co_return co_await context.Child("ask", "spawn", SpawnFor(question));
    } catch (const Failure& failure) {
      if (failure.code() != MAMC_E_CANCELLED || !context.cancelled()) throw;
      throw Failure(MAMC_E_CANCELLED, program_ + " did not answer and was stopped");
    }
  }

  Json SpawnFor(const Json& question) const {
    return {{"argv", settings_["argv"]},
            {"env", settings_.value("env", Json::object())},
            {"timeout_ms", settings_.value("timeout_ms", 600'000)},
            {"max_output_bytes", kMaxAnswerBytes},
            {"stdin", question.dump(-1, ' ', false, Json::error_handler_t::replace)}};
  }

  Json AnswerFrom(const Json& ended, const Json& question) const {
    const Json exit_code = ended.value("exit_code", Json());
    const std::string errors = Tail(ended.value("stderr", ""));
    if (ended.value("timed_out", false)) {
      throw Failure(MAMC_E_TIMEOUT, program_ + " did not answer and was stopped after " +
                                        ended.value("duration_ms", Json(0)).dump() + " ms" +
                                        (errors.empty() ? "" : ": " + errors));
    }
    if (exit_code == kTryAgain)
      throw Failure(MAMC_E_UNAVAILABLE, program_ + " cannot answer now (exit code 75): " + errors);
    if (exit_code != 0) {
      const std::string how = exit_code.is_null() ? "ended by signal " + ended.value("signal", Json()).dump()
                                                  : "exit code " + exit_code.dump();
      throw Failure(MAMC_E_FAILED, program_ + " failed (" + how + "): " + errors);
    }
    if (ended.value("truncated", false)) {
      throw Failure(MAMC_E_LIMIT, program_ + " printed more than " + std::to_string(kMaxAnswerBytes) +
                                      " bytes, the limit of an answer.");
    }
    return Parsed(ended.value("stdout", ""), question);
  }

  Json Parsed(const std::string& output, const Json& question) const {
    Json answer = Json::object();
    const Json object = output.starts_with('{') ? Json::parse(output, nullptr, false) : Json();
    if (object.is_object() && object.value("text", Json()).is_string()) {
      for (const char* member : {"text", "reasoning", "model", "finish", "usage"}) {
        if (object.contains(member)) answer[member] = object[member];
      }
    } else {
      answer["text"] = output;
    }
    if (answer["text"].get_ref<const std::string&>().empty())
      throw Failure(MAMC_E_FAILED, program_ + " printed no answer.");
    answer.emplace("model", question.value("model", Json("")));
    answer.emplace("finish", "stop");
    return answer;
  }

  Json Describe() const {
    Json model = {{"id", program_}, {"loaded", true}, {"slots", 1}};
    return {{"models", Json::array({std::move(model)})}, {"endpoint", program_}};
  }

  // Whether the program answers shows only when it is asked: a question may cost money.
  Json SelfTest() const {
    mamc::sdk::SelfTest test;
    const std::string found = Found();
    if (!found.empty())
      test.Fact("asks the program " + found);
    else if (program_.find('/') != std::string::npos)
      test.Problem(MAMC_E_NOT_FOUND,
                   program_ + " is no program that this user may run: " + std::strerror(errno),
                   "correct backends.command.argv");
    else
      test.Problem(MAMC_E_NOT_FOUND, "the program '" + program_ + "' is not in PATH",
                   "install it, or give its absolute path in backends.command.argv");
    return test.result();
  }

  // Empty: there is none that this user may run.
  std::string Found() const {
    if (program_.find('/') == std::string::npos) return mamc::sdk::FindProgram(program_);
    std::error_code error;
    const bool runs =
        std::filesystem::is_regular_file(program_, error) && ::access(program_.c_str(), X_OK) == 0;
    return runs ? program_ : "";
  }

  const Json settings_;
  const std::string program_;
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<Command>("backend", "command"))
