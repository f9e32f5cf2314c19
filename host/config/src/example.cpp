#include "mamc/config/settings.hpp"

namespace mamc::config {
namespace {

constexpr std::string_view kEnvHeader =
    "# Settings of mamc-host as environment variables. Copy this file to .env beside mamc.yaml (or where you "
    "start mamc-host)\n"
    "# and remove the # before what you set. Stronger than mamc.yaml; the environment and flags are stronger "
    "still.\n";

constexpr std::string_view kConfigHeader =
    "# Settings of mamc-host. Remove the # before what you set. Relative paths start at this file's folder.\n"
    "# Tokens and keys belong into .env or the environment.\n";

constexpr std::string_view kProjects =
    R"(
# ---- Projects: the repositories that tasks are about
#projects:
#  shop:
#    name: Web shop
#    repo: git@git.example.com:acme/shop.git   # URL or path
#    base: main             # base branch; the remote's default branch otherwise
#    base_writes: false     # true: finished work goes into the base branch
#    ma: on                 # off: no files below .ma/ (summary, logs of plans and tests, change log) in the repository
#    ma_branch: mamc-notes  # keeps them on a branch of their own instead of the tasks' branches
#    merge: branch          # branch: leave a pushed branch; squash or merge need base_writes: true
#    test: npm test         # decides whether the work is good
#    test_network: false    # may the tests use the network?
#    protected: [LICENSE, "db/**"]  # files that no task changes, by pattern
#    inherited_failures: count # report: tests that fail on the base as well are told and do not count. Only for a test command that goes on
#                              # after a failure, names each test that fails and does nothing else behind the tests
#    workflow: project-loop # for tasks that name none and match no trigger

# ---- Settings of single types by id; `mamc-host plugin show ID` lists what a type takes. The sections are steps, personas,
# ---- transports, boards, workspaces and backends.
#personas:
#  lead-engineer: {model: "qwen2.5-coder:32b", backend: lm-studio, timeout: 10m}
)";

std::string Quote(std::string_view value) {
  bool plain = value.find_first_of(" #'\"{}[]") == std::string_view::npos;
  return plain ? std::string(value) : "'" + std::string(value) + "'";
}

std::string YamlValue(const Setting& setting, std::string_view value) {
  bool list = std::holds_alternative<Texts Config::*>(setting.field) ||
              std::holds_alternative<std::vector<SearchPath> Config::*>(setting.field);
  if (list) {
    std::string items(value);
    for (std::size_t at = 0; (at = items.find(',', at)) != std::string::npos; at += 2)
      items.replace(at, 1, ", ");
    return "[" + items + "]";
  }
  if (setting.form == Form::kDuration && value != "0") return std::string(value) + "ms";
  return std::string(value);
}

// One commented entry of mamc.yaml; keys that share their beginning with the entry before are nested under
// it, also where a new group begins.
std::string YamlEntry(const Setting& setting, std::string_view* last_parent) {
  std::string text = "# " + std::string(setting.doc) + "\n";
  const std::string_view key = setting.key;
  std::string indent;
  std::size_t start = 0;
  for (std::size_t dot; (dot = key.find('.', start)) != std::string_view::npos; start = dot + 1) {
    std::string level(key.substr(0, dot + 1));
    bool open = (std::string(*last_parent) + ".").compare(0, level.size(), level) == 0;
    if (!open) text += "#" + indent + std::string(key.substr(start, dot - start)) + ":\n";
    indent += "  ";
  }
  *last_parent = key.substr(0, start == 0 ? 0 : start - 1);
  std::string_view value = setting.fallback.empty() ? setting.example : setting.fallback;
  return text + "#" + indent + std::string(key.substr(start)) + ": " + YamlValue(setting, value) + "\n";
}

}  // namespace

std::string RenderEnvExample() {
  std::string text(kEnvHeader);
  std::string_view group;
  for (const Setting& setting : Settings()) {
    if (setting.variable.empty()) continue;
    if (setting.group != group) text += "\n# ---- " + std::string(setting.group) + "\n";
    group = setting.group;
    std::string_view value = setting.fallback.empty() ? setting.example : setting.fallback;
    text +=
        "\n# " + std::string(setting.doc) + "\n#" + std::string(setting.variable) + "=" + Quote(value) + "\n";
  }
  return text;
}

std::string RenderConfigExample() {
  std::string text(kConfigHeader);
  std::string_view group, parent;
  for (const Setting& setting : Settings()) {
    bool elsewhere = setting.key.empty() || setting.key.find("<id>") != std::string_view::npos;
    if (elsewhere) continue;
    if (setting.group != group) text += "\n# ---- " + std::string(setting.group) + "\n";
    group = setting.group;
    text += YamlEntry(setting, &parent);
  }
  return text + std::string(kProjects);
}

}  // namespace mamc::config
