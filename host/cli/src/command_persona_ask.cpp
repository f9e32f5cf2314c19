// `persona ask`: one question to a persona's own model, to see what it is good for. Nothing is written down
// and no work is done.
#include <ostream>

#include "commands.hpp"
#include "definitions.hpp"
#include "machine_options.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/persona_settings.hpp"
#include "mamc/cli/table.hpp"
#include "standard_input.hpp"

namespace mamc::cli {
namespace {

constexpr std::size_t kMaxQuestionBytes = 4 << 20;

struct PersonaAskOptions {
  std::string id;
  std::string question;
  std::string model;
  bool json = false;
};

struct Asked {
  Code code = Code::kFailed;
  Json answer;
};

Asked Ask(Session& session, const PersonaPtr& persona, const std::string& question,
          const std::string& model) {
  const auto loop = MakeLoop();
  plugin::Calls calls(*loop, session.catalog());
  worker::WorkerOptions options = WorkerOptionsFor(session);
  if (!model.empty()) options.models[persona->id] = model;
  const Json request = {{"intent", "ask"}, {"payload", {{"question", question}}}};
  Asked asked;
  const auto asking = worker::AskPersona(
      *loop, calls, options, persona, request,
      loop->clock().UnixMs() + PersonaTimeoutMs(session.config(), *persona), [&](Code code, Json answer) {
        asked = {code, std::move(answer)};
        // Also when it fails before the loop runs.
        loop->Post([&] { loop->Stop(); });
      });
  loop->Run();
  return asked;
}

// "model m at http://localhost:1234, 812 tokens read and 96 written, 2100 ms": as far as the backend says.
std::string Measured(const Json& answer) {
  const Json& usage = GetMember(answer, "usage");
  const std::string endpoint = GetString(answer, "endpoint");
  std::string text =
      "model " + GetString(answer, "model", "unknown") + (endpoint.empty() ? "" : " at " + endpoint);
  if (GetInt(usage, "prompt_tokens") > 0)
    text += ", " + std::to_string(GetInt(usage, "prompt_tokens")) + " tokens read and " +
            std::to_string(GetInt(usage, "completion_tokens")) + " written";
  if (const Json& timings = GetMember(answer, "timings"); timings.is_object())
    text += ", " + std::to_string(GetInt(timings, "total_ms")) + " ms";
  return text;
}

Exit Print(Session& session, const PersonaAskOptions& options, const workflow::Persona& persona,
           const Json& answer) {
  if (options.json)
    PrintJson(session.out, answer);
  else
    session.out << Printable(GetString(answer, "text")) << '\n';
  session.err << Printable(Measured(answer)) << '\n';
  if (!persona.verdict_schema) return kDone;
  if (GetString(answer, "status") == "unknown")
    return session.Fail(kWorkFailed, "persona " + persona.id + " gave no verdict that can be used: " +
                                         GetString(answer, "problem"));
  session.err << "verdict: " << GetString(answer, "status") << '\n';
  return kDone;
}

Exit RunPersonaAsk(Session& session, const PersonaAskOptions& options) {
  if (Exit code = session.NeedCheckedNames()) return code;
  Result<NamedFile> file = session.names().PersonaFile(options.id);
  if (!file.ok()) return session.Fail(file.status());
  auto persona = ReadPersona(session, *file);
  if (!persona.ok()) return session.Fail(persona.status());
  auto question = options.question == "-" ? ReadStandardInput(kMaxQuestionBytes) : options.question;
  if (!question.ok()) return session.Fail(question.status());
  const Asked asked = Ask(session, *persona, *question, options.model);
  if (asked.code < Code::kOk) return session.Fail(Status(asked.code, GetString(asked.answer, "message")));
  return Print(session, options, **persona, asked.answer);
}

}  // namespace

void AddPersonaAskCommand(CommandLine& line, CLI::App& group) {
  auto ask = std::make_shared<PersonaAskOptions>();
  CLI::App* command = AddCommand(line, group, "ask", "Ask a persona's model one question, without any work",
                                 ask, RunPersonaAsk);
  command->add_option("id", ask->id, "Id of a persona, or another name of it")->required()->type_name("ID");
  command->add_option("question", ask->question, "The question; - reads standard input")
      ->required()
      ->type_name("TEXT");
  command->add_option("--model", ask->model, "Another model than the persona's")->type_name("MODEL");
  AddJsonFlag(command, &ask->json);
}

}  // namespace mamc::cli
