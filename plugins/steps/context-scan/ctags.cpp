#include "ctags.hpp"

#include <mamc/step.h>

#include <algorithm>
#include <charconv>

#include "mamc/base/text.hpp"

namespace {

using mamc::sdk::ChildResult;
using mamc::sdk::Json;
using mamc::sdk::Task;

constexpr std::size_t kFilesOfCall = 1000;
constexpr std::size_t kMostOutputBytes = 32 << 20;
constexpr std::int64_t kMostMemoryBytes = std::int64_t{2} << 30;
constexpr int kMostMs = 120'000;

// It reads a list of names by lines, takes what begins with a dash for an option, and writes names with
// unusual characters in another way.
std::string ListedName(const std::string& path) {
  return "./" + path;
}

bool CanBeListed(const std::string& path) {
  return std::none_of(path.begin(), path.end(),
                      [](unsigned char c) { return c < ' ' || c == '\\' || c == 127; }) &&
         path.back() != ' ';
}

bool RanWell(const ChildResult& ended) {
  return ended.ok() && ended.json.value("exit_code", Json()) == 0 && !ended.json.value("truncated", false);
}

std::string WhyNot(const ChildResult& ended) {
  if (!ended.ok()) return ended.message();
  if (ended.json.value("timed_out", false)) return "it was stopped after " + std::to_string(kMostMs) + " ms";
  if (ended.json.value("truncated", false)) return "it wrote too much";
  return "exit code " + ended.json.value("exit_code", Json()).dump() + " " +
         mamc::HeadAndTail(ended.json.value("stderr", ""), 300);
}

// name TAB file TAB line ;" more
void TakeLine(std::string_view line, Ctags::Found& found, Dictionary& dictionary) {
  const std::size_t name_end = line.find('\t');
  if (name_end == std::string_view::npos) return;
  const std::size_t path_end = line.find('\t', name_end + 1);
  if (path_end == std::string_view::npos) return;
  const std::string_view listed = line.substr(name_end + 1, path_end - name_end - 1);
  const auto file = found.find(listed.starts_with("./") ? std::string(listed.substr(2)) : std::string());
  int number = 0;
  std::from_chars(line.data() + path_end + 1, line.data() + line.size(), number);
  const std::string_view name = line.substr(0, name_end);
  if (file == found.end() || number <= 0 || !IsWord(name)) return;
  file->second.push_back({dictionary.NumberOf(name), number});
}

}  // namespace

Task<std::string> Ctags::Version() {
  Json asked = {{"argv", {"ctags", "--options=NONE", "--version"}}, {"cwd", workspace_}};
  asked["network"] = false;
  const ChildResult ended = co_await context_.TryChild("ctags/version", "spawn", asked);
  if (!RanWell(ended)) co_return "";
  const std::string said = ended.json.value("stdout", "");
  const std::string first = said.substr(0, said.find_first_of(",\n"));
  co_return first.starts_with("Universal Ctags") ? first : "";
}

Task<Ctags::Found> Ctags::Ask(std::vector<std::string> paths, Dictionary& dictionary) {
  Found found;
  std::erase_if(paths, [](const std::string& path) { return !CanBeListed(path); });
  for (std::size_t begin = 0; begin < paths.size(); begin += kFilesOfCall) {
    const auto first = paths.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kFilesOfCall, paths.size() - begin));
    if (!co_await AskSome({first, first + count}, found, dictionary)) break;
  }
  for (auto& [path, symbols] : found) {
    std::stable_sort(symbols.begin(), symbols.end(),
                     [](const Symbol& a, const Symbol& b) { return a.line < b.line; });
    symbols.resize(std::min(symbols.size(), kMostSymbols));
  }
  co_return found;
}

Task<bool> Ctags::AskSome(std::vector<std::string> paths, Found& found, Dictionary& dictionary) {
  std::string list;
  for (const std::string& path : paths) list += ListedName(path) + "\n";
  Json asked = {{"argv",
                 {"ctags", "--options=NONE", "--links=no", "--sort=no", "--excmd=number", "--fields=", "-f",
                  "-", "-L", "-"}},
                {"cwd", workspace_},
                {"stdin", std::move(list)},
                {"timeout_ms", kMostMs},
                {"max_output_bytes", kMostOutputBytes},
                {"memory_bytes", kMostMemoryBytes}};
  asked["network"] = false;
  const ChildResult ended =
      co_await context_.TryChild("ctags/" + std::to_string(++calls_), "spawn", std::move(asked));
  if (!RanWell(ended)) {
    context_.Log(MAMC_LOG_WARN,
                 "ctags failed, symbols are found by the patterns of lines instead: " + WhyNot(ended));
    co_return false;
  }
  for (const std::string& path : paths) found.emplace(path, std::vector<Symbol>());
  const std::string& lines = ended.json.at("stdout").get_ref<const std::string&>();
  for (std::size_t at = 0, end = 0; at < lines.size(); at = end + 1) {
    end = std::min(lines.find('\n', at), lines.size());
    TakeLine(std::string_view(lines).substr(at, end - at), found, dictionary);
  }
  co_return true;
}
