#include <ostream>

#include "commands.hpp"
#include "definitions.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/persona_settings.hpp"
#include "mamc/cli/table.hpp"

namespace mamc::cli {
namespace {

using workflow::Persona;

// Whether this machine serves it.
bool Served(const Session& session, const std::string& id) {
  const std::vector<std::string>& allowed = session.config().allowed_personas;
  if (allowed.empty()) return true;
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& name) { return session.names().FindPersona(name) == id; });
}

// ALLOWED_PERSONAS with a name that nobody has is a mistake in the configuration.
Exit CheckAllowed(Session& session) {
  Exit code = kDone;
  std::vector<std::string> known = session.names().PersonaNames();
  for (const std::string& name : session.config().allowed_personas) {
    if (name == "coordination" || !session.names().FindPersona(name).empty()) continue;
    std::string place = session.config().OriginOf("allowed_personas").ToString();
    code = session.Fail(kWrongUse, place + ": there is no persona '" + name + "'" + DidYouMean(name, known));
  }
  return code;
}

std::string Configured(const std::map<std::string, std::string>& by_persona, const std::string& id,
                       const std::string& otherwise) {
  auto found = by_persona.find(id);
  return found == by_persona.end() ? otherwise : found->second;
}

Json DescribePersona(const Session& session, const Persona& persona, const std::string& origin) {
  const config::Config& config = session.config();
  std::string backend = persona.backend.empty() ? config.backend : persona.backend;
  return {{"id", persona.id},
          {"name", persona.name},
          {"aliases", persona.aliases},
          {"served", Served(session, persona.id)},
          {"model", Configured(config.persona_models, persona.id, persona.model)},
          {"backend", Configured(config.persona_backends, persona.id, backend)},
          {"timeout_ms", PersonaTimeoutMs(config, persona)},
          {"coding", persona.coding},
          {"verdict", persona.verdict_schema.has_value()},
          {"work_steps", persona.work.size()},
          {"file", persona.file},
          {"origin", origin}};
}

// ---- persona list

struct PersonaListOptions {
  bool json = false;
};

Exit RunPersonaList(Session& session, const PersonaListOptions& options) {
  if (Exit code = session.NeedNames()) return code;
  Exit code = CheckAllowed(session);
  Json all = Json::array();
  Table table({"ID", "SERVED", "MODEL", "BACKEND", "NAME"});
  for (const auto& [id, file] : session.names().personas()) {
    auto persona = ReadPersona(session, file);
    if (!persona.ok()) {
      code = session.Fail(kWrongUse, persona.status().message());
      continue;
    }
    Json described = DescribePersona(session, **persona, file.origin);
    table.Add({described["id"], described["served"] ? "yes" : "no", described["model"], described["backend"],
               described["name"]});
    all.push_back(std::move(described));
  }
  if (options.json) {
    PrintJson(session.out, all);
  } else {
    table.Print(session.out);
  }
  return code;
}

// ---- persona show

struct PersonaShowOptions {
  std::string id;
  bool json = false;
};

std::string Joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

void PrintPersona(Session& session, const Persona& persona, const Json& described) {
  std::ostream& out = session.out;
  out << persona.id << ": " << Printable(persona.name) << '\n';
  if (!persona.aliases.empty()) out << "also called: " << Joined(persona.aliases) << '\n';
  out << "served by this machine: " << (described["served"] ? "yes" : "no") << '\n'
      << "backend: " << Printable(GetString(described, "backend")) << '\n';
  if (!GetString(described, "model").empty())
    out << "model: " << Printable(GetString(described, "model")) << '\n';
  out << "timeout: " << GetInt(described, "timeout_ms") << " ms\n"
      << "verdict: " << (persona.verdict_schema ? Dump(*persona.verdict_schema) : "none") << '\n'
      << "work: " << (persona.work.empty() ? "asks the model" : "");
  for (std::size_t i = 0; i < persona.work.size(); ++i)
    out << (i ? ", " : "") << Printable(persona.work[i]->type);
  out << "\nfile: " << persona.file << "\n\n" << persona.prompt << '\n';
}

Exit RunPersonaShow(Session& session, const PersonaShowOptions& options) {
  if (Exit code = session.NeedNames()) return code;
  Result<NamedFile> file = session.names().PersonaFile(options.id);
  if (!file.ok()) return session.Fail(file.status());
  auto persona = ReadPersona(session, *file);
  if (!persona.ok()) return session.Fail(persona.status());
  Json described = DescribePersona(session, **persona, file->origin);
  if (options.json) {
    described["prompt"] = (*persona)->prompt;
    described["verdict_schema"] = (*persona)->verdict_schema.value_or(nullptr);
    PrintJson(session.out, described);
  } else {
    PrintPersona(session, **persona, described);
  }
  return kDone;
}

}  // namespace

void AddPersonaCommands(CommandLine& line, CLI::App& group) {
  auto list = std::make_shared<PersonaListOptions>();
  AddJsonFlag(AddCommand(line, group, "list", "List all personas and which this machine serves", list,
                         RunPersonaList),
              &list->json);

  auto show = std::make_shared<PersonaShowOptions>();
  CLI::App* command = AddCommand(line, group, "show", "Show one persona with its model, work and prompt",
                                 show, RunPersonaShow);
  command->add_option("id", show->id, "Id of a persona, or another name of it")->required()->type_name("ID");
  AddJsonFlag(command, &show->json);
  AddPersonaAskCommand(line, group);
}

}  // namespace mamc::cli
