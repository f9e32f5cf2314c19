#include "mamc/workflow/loader.hpp"
#include "step_reader.hpp"

namespace mamc::workflow {
namespace {

const std::vector<std::string> kKeys = {"id",      "name",   "aliases", "description", "prompt",  "model",
                                        "backend", "coding", "timeout", "verdict",     "options", "work"};

void ReadAliases(const YamlNode& node, LoadContext& context, Persona& persona) {
  if (!node.IsSequence()) return context.WantKind(node, "aliases", "a list of names");
  for (const YamlNode& alias : node.values) {
    if (alias.kind != YamlNode::kScalar || !IsId(alias.text))
      context.Add(alias.place, "an alias must be letters, digits, - and _");
    else
      persona.aliases.push_back(alias.text), persona.alias_places.push_back(alias.place);
  }
}

void ReadCoding(const YamlNode& node, LoadContext& context, Persona& persona) {
  Json value = ToJson(node);
  if (!value.is_boolean()) return context.Add(node.place, "'coding' must be true or false");
  persona.coding = value.get<bool>();
}

void ReadVerdict(const YamlNode& node, LoadContext& context, Persona& persona) {
  if (!node.IsMapping()) return context.WantKind(node, "verdict", "a JSON schema");
  Json document = ToJson(node);
  auto compiled = schema::Schema::Compile(document);
  if (!compiled.ok()) return context.Add(node.place, "'verdict': " + compiled.status().message());
  persona.verdict_schema = std::move(document);
}

void ReadOptions(const YamlNode& node, LoadContext& context, Persona& persona) {
  if (node.kind == YamlNode::kNull) return;
  if (!node.IsMapping()) return context.WantKind(node, "options", "a mapping");
  persona.options = ToJson(node);
}

void ReadId(const YamlNode& node, LoadContext& context, Persona& persona) {
  if (node.kind != YamlNode::kScalar || !IsId(node.text))
    return context.Add(node.place, "the id of a persona must be letters, digits, - and _");
  persona.id = node.text;
  persona.id_place = node.place;
}

void ReadWork(const YamlNode& node, LoadContext& context, Persona& persona) {
  StepReader steps(context);
  persona.work = steps.ReadList(node, "work");
  persona.work_writes = steps.writes();
}

void ReadKey(const std::string& key, const YamlNode& value, LoadContext& context, Persona& persona) {
  if (key == "id") ReadId(value, context, persona);
  if (key == "name") persona.name = context.ReadText(value, key);
  if (key == "aliases") ReadAliases(value, context, persona);
  if (key == "description") context.ReadText(value, key);
  if (key == "prompt") persona.prompt = context.ReadText(value, key);
  if (key == "model") persona.model = context.ReadText(value, key);
  if (key == "backend") persona.backend = context.ReadText(value, key), persona.backend_place = value.place;
  if (key == "coding") ReadCoding(value, context, persona);
  if (key == "timeout") persona.timeout_ms = context.ReadDuration(value, key);
  if (key == "verdict") ReadVerdict(value, context, persona);
  if (key == "options") ReadOptions(value, context, persona);
  if (key == "work") ReadWork(value, context, persona);
}

void ReadTop(const YamlNode& root, const std::string& file, LoadContext& context, Persona& persona) {
  if (!root.IsMapping())
    return context.Add({file, 1, 1}, "a persona is a mapping with an id, not " + std::string(KindName(root)));
  for (std::size_t i = 0; i < root.keys.size() && i < root.values.size(); ++i) {
    const std::string& key = root.keys[i].text;
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
      context.AddUnknown(root.keys[i].place, "key", key, kKeys);
    else
      ReadKey(key, root.values[i], context, persona);
  }
  if (!root.Find("id")) context.Add(root.place, "a persona needs an id");
  if (persona.name.empty()) persona.name = persona.id;
}

using NameOwners = std::map<std::string_view, std::pair<const Persona*, Place>>;

std::string ToldShared(const std::string& alias, const Persona& persona, const Persona& owner,
                       const Place& owners_place) {
  const bool is_id = alias == owner.id;
  return "the alias " + Quoted(alias) + " of " + persona.id + " is " +
         (is_id ? "the id of another persona" : "an alias of " + owner.id + " too") + " (" +
         owners_place.ToString() + "); a name means one persona: take the alias away" +
         (is_id ? "" : " from one of them");
}

}  // namespace

std::vector<Problem> FindSharedNames(const std::vector<std::shared_ptr<const Persona>>& personas) {
  NameOwners owners;
  for (const auto& persona : personas)
    owners.emplace(persona->id, std::pair(persona.get(), persona->id_place));
  std::vector<Problem> problems;
  for (const auto& persona : personas)
    for (std::size_t i = 0; i < persona->aliases.size(); ++i) {
      const std::string& alias = persona->aliases[i];
      const Place& place = persona->alias_places[i];
      const auto [owner, fresh] = owners.emplace(alias, std::pair(persona.get(), place));
      if (!fresh && owner->second.first != persona.get())
        problems.push_back({place, ToldShared(alias, *persona, *owner->second.first, owner->second.second)});
    }
  return problems;
}

PersonaResult LoadPersona(std::string_view text, const std::string& file, const Names& names) {
  std::vector<Problem> yaml_problems;
  YamlFile yaml(text, file, yaml_problems);
  PersonaResult result;
  if (yaml.root().kind == YamlNode::kNull && !yaml_problems.empty()) {
    result.problems = std::move(yaml_problems);
    return result;
  }
  LoadContext context(yaml, file, names, true);
  for (Problem& problem : yaml_problems) context.Add(std::move(problem.place), std::move(problem.message));
  auto persona = std::make_shared<Persona>();
  persona->file = file;
  persona->text = text;
  ReadTop(yaml.root(), file, context, *persona);
  context.CheckGraphs();
  context.CheckReferences();
  result.problems = context.TakeProblems();
  result.warnings = context.TakeWarnings();
  if (result.problems.empty()) result.persona = std::move(persona);
  return result;
}

}  // namespace mamc::workflow
