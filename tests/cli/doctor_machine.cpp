#include "doctor_machine.hpp"

#include <catch2/catch.hpp>

namespace mamc::test {

HttpReply Models(const Json& entries) {
  return {.body = Dump({{"models", entries}})};
}

Json LoadedModel(int context_length) {
  const Json config = {{"context_length", context_length}, {"parallel", 1}};
  const Json instance = {{"id", "coder"}, {"config", config}};
  return {{"type", "llm"}, {"key", "coder"}, {"loaded_instances", Json::array({instance})}};
}

Machine::Machine()
    : model([this](const HttpRequest&) {
        const std::lock_guard lock(mutex_);
        return reply_;
      }) {
  program.environment["LM_STUDIO_BASE_URL"] = model.url();
  Configure({});
}

void Machine::Answer(HttpReply reply) {
  const std::lock_guard lock(mutex_);
  reply_ = std::move(reply);
}

void Machine::Configure(const std::map<std::string, std::string>& lines) {
  std::map<std::string, std::string> all = {
      {"state_dir", "state"},
      {"git", "{author: {name: Builder, email: builder@example.com}}"},
      {"projects", "{shop: {repo: '" + git.remote().string() + "', base: main, test: sh test.sh}}"}};
  for (const auto& [key, value] : lines) all[key] = value;
  std::string text;
  for (const auto& [key, value] : all)
    if (!value.empty()) text += key + ": " + value + "\n";
  program.dir.Write("mamc.yaml", text);
}

int Machine::Ask(std::vector<std::string> more) {
  more.insert(more.begin(), {"doctor", "--json"});
  Ran ran = program.Run(more);
  INFO(ran.err);
  CHECK(ran.err == "");
  said = ran.json();
  CHECK(said["exit"] == ran.code);
  return ran.code;
}

Json Machine::Finding(const std::string& words) const {
  for (const Json& finding : said["findings"])
    if (Contains(finding["what"], words)) return finding;
  FAIL("nothing is said of '" << words << "':\n" << said["findings"].dump(1));
  return {};
}

std::size_t Machine::Count(const std::string& level) const {
  std::size_t count = 0;
  for (const Json& finding : said["findings"]) count += finding["level"] == level ? 1 : 0;
  return count;
}

void CheckFinding(const Json& finding, const std::string& level, const std::string& where,
                  const std::string& advice, const std::string& symptom) {
  INFO(finding.dump(1));
  CHECK(finding["level"] == level);
  CHECK(Contains(finding["where"], where));
  CHECK(Contains(finding["advice"], advice));
  CHECK(finding["symptom"] == symptom);
}

}  // namespace mamc::test
