#include "definitions.hpp"

#include <algorithm>
#include <ostream>

#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::cli {
namespace {

// Every file is read, so that all problems are said at once. `member`: what a load result holds when it went
// well.
template <typename Files, typename Loaded, typename Definition>
Exit LoadAll(Session& session, const Files& files,
             Loaded (*load)(std::string_view text, const std::string& file, const workflow::Names& names),
             Definition Loaded::*member, std::vector<Definition>* definitions) {
  Exit exit = kDone;
  for (const auto& [name, file] : files) {
    auto text = ReadFile(file.file);
    if (!text.ok()) return session.Fail(text.status());
    Loaded loaded = load(*text, file.file.string(), session.names());
    for (const workflow::Problem& problem : loaded.problems) session.err << problem.ToString() << '\n';
    if (loaded.*member)
      definitions->push_back(loaded.*member);
    else
      exit = kWrongUse;
  }
  return exit;
}

}  // namespace

Exit LoadDefinitions(Session& session, Definitions* definitions) {
  if (Exit exit = session.NeedNames()) return exit;
  if (Exit exit = LoadAll(session, session.names().workflows(), workflow::LoadWorkflow,
                          &workflow::LoadResult::workflow, &definitions->workflows))
    return exit;
  return LoadAll(session, session.names().personas(), workflow::LoadPersona,
                 &workflow::PersonaResult::persona, &definitions->personas);
}

Exit AllowedPersonas(Session& session, const std::vector<PersonaPtr>& personas,
                     std::vector<PersonaPtr>* allowed) {
  const std::vector<std::string>& names = session.config().allowed_personas;
  if (names.empty()) {
    *allowed = personas;
    return kDone;
  }
  Exit exit = kDone;
  for (const std::string& name : names) {
    std::string id = session.names().FindPersona(name);
    auto found = std::find_if(personas.begin(), personas.end(),
                              [&](const PersonaPtr& persona) { return persona->id == id; });
    if (found != personas.end())
      allowed->push_back(*found);
    else
      exit = session.Fail(kWrongUse, session.config().OriginOf("allowed_personas").ToString() +
                                         ": there is no persona '" + name + "'" +
                                         DidYouMean(name, session.names().PersonaNames()));
  }
  return exit;
}

}  // namespace mamc::cli
