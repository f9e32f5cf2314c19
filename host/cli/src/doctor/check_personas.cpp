#include "checks.hpp"
#include "in_use.hpp"
#include "machines.hpp"

namespace mamc::cli::doctor {
namespace {

std::string Listed(const std::set<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all.empty() ? "nobody" : all;
}

std::set<std::string> SetOf(const std::vector<std::string>& ids) {
  return {ids.begin(), ids.end()};
}

std::set<std::string> ServedHere(Checkup& checkup) {
  std::set<std::string> ids;
  for (const PersonaPtr& persona : checkup.served()) ids.insert(persona->id);
  return ids;
}

void CheckRole(Checkup& checkup, Section& section) {
  const std::string where = checkup.config().OriginOf("allowed_personas").ToString();
  if (checkup.coordinates()) return section.Ok("this machine coordinates", where);
  if (checkup.config().transport != "local")
    return section.Ok("this machine serves its personas and does not coordinate", where);
  section.Add(
      {.level = Level::kProblem,
       .what = "this machine does not coordinate, and over the transport local nobody can ask it",
       .where = where,
       .advice = "add coordination to ALLOWED_PERSONAS, or set REDIS_URL (transport: redis) to a server that "
                 "the machines share",
       .exit = kWrongUse});
}

// Who is needed, by the projects that need them.
std::map<std::string, std::set<std::string>> Needed(Checkup& checkup) {
  std::map<std::string, std::set<std::string>> needed;
  for (const std::string& project : checkup.projects())
    for (const std::string& persona : PersonasInUse(checkup, project)) needed[persona].insert(project);
  return needed;
}

void AddUnserved(Checkup& checkup, const std::string& persona, const std::set<std::string>& projects,
                 const Checkup::Machines& others, Section& section) {
  std::string serves = "this machine serves " + Listed(ServedHere(checkup));
  for (const auto& other : others)
    serves += "; machine " + other.host + " serves " + Listed(SetOf(other.personas));
  const config::Origin origin = checkup.config().OriginOf("allowed_personas");
  const bool alone = checkup.config().transport == "local";
  section.Add({Level::kProblem,
               "no machine serves the persona " + persona + ", which the workflows of project " +
                   Listed(projects) + " ask: " + serves,
               origin.ToString(),
               "add " + persona +
                   (alone ? " to ALLOWED_PERSONAS, or set REDIS_URL (transport: redis) to a server that the "
                            "machines share: until then no run of these workflows is begun"
                          : " to ALLOWED_PERSONAS on a machine that has its model and its tools, and start "
                            "mamc-host there"),
               "Timeout waiting for persona"});
}

void CheckNeeded(Checkup& checkup, const Checkup::Machines& others, Section& section) {
  std::set<std::string> served = ServedHere(checkup);
  for (const auto& other : others) served.insert(other.personas.begin(), other.personas.end());
  std::size_t missing = 0;
  const auto needed = Needed(checkup);
  for (const auto& [persona, projects] : needed) {
    if (served.contains(persona)) continue;
    ++missing;
    AddUnserved(checkup, persona, projects, others, section);
  }
  if (missing == 0 && !needed.empty())
    section.Ok("all " + std::to_string(needed.size()) + " personas that the workflows ask are served");
}

// Without one, tasks stay as they are.
void CheckCoordinator(const Checkup::Machines& others, Section& section) {
  for (const auto& other : others)
    if (SetOf(other.personas).contains("coordination")) return;
  section.Add({Level::kWarning, "no machine that runs now coordinates", "",
               "start mamc-host on the machine whose ALLOWED_PERSONAS names coordination", "Workflow Stuck"});
}

void Judge(Checkup& checkup, const Checkup::Machines& others, Section& section) {
  for (const auto& other : others) section.Ok("machine " + other.host + ": " + Listed(SetOf(other.personas)));
  if (checkup.coordinates())
    CheckNeeded(checkup, others, section);
  else
    CheckCoordinator(others, section);
  CompareMachines(checkup, others, section);
}

}  // namespace

void CheckPersonas(Checkup& checkup, Section& section) {
  CheckRole(checkup, section);
  section.Ok("here: " + Listed(ServedHere(checkup)));
  if (checkup.config().transport == "local") {  // there are no others
    if (checkup.coordinates()) CheckNeeded(checkup, {}, section);
    return;
  }
  checkup.ListMachines([&checkup, &section](Result<Checkup::Machines> machines) {
    if (machines.ok()) return Judge(checkup, *machines, section);
    const Status why = machines.status().Within("which machines run is not known");
    const std::string where = "transport " + checkup.config().transport;
    if (why.code() == Code::kUnsupported) return section.Add({Level::kNote, why.message(), where, ""});
    section.Failed(why, where, "see what the transport's self-test says, and the README of its plugin");
  });
}

}  // namespace mamc::cli::doctor
