// The step type `context-scan`: a summary and a map of the files that git tracks, read from the run's tree
// object and not from the disk, so that no link leads out of the repository.
#include <mamc/step.h>

#include <mamc/cpp/plugin.hpp>
#include <set>

#include "cache.hpp"
#include "ctags.hpp"
#include "mamc/base/text.hpp"
#include "mamc/git/json.hpp"
#include "mamc/git/run.hpp"
#include "map.hpp"
#include "scan.hpp"
#include "summary.hpp"

namespace {

using mamc::git::Text;
using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Json;
using mamc::sdk::Task;

constexpr std::uint64_t kMostFileBytes = 1 << 20;  // larger ones are data: they are listed and not read
constexpr std::size_t kMostPathBytes = 512;
constexpr std::size_t kCommitsLookedAt = 500;
constexpr std::size_t kReadmeLines = 15, kReadmeBytes = 1500;
constexpr const char* kReadmes[] = {"README.md", "README", "README.rst", "README.txt", "readme.md"};

// A name with line breaks would be lines of a prompt.
bool IsOddName(const std::string& path) {
  return path.size() > kMostPathBytes || !mamc::IsUtf8(path) ||
         std::any_of(path.begin(), path.end(), [](unsigned char c) { return c < ' ' || c == 127; });
}

std::string FirstLines(const std::string& text) {
  std::size_t end = 0;
  for (std::size_t line = 0; line < kReadmeLines && end < text.size(); ++line)
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  end = std::min(end, kReadmeBytes);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

// What the map is for: what the step names, else the run's task.
std::string TaskText(const Json& input, const Json& params) {
  if (params.contains("about")) return params.at("about").get<std::string>();
  const Json task = input.value("task", Json::object());
  return Text(task, "title") + "\n" + Text(task, "description");
}

// One scan of one run's files.
class Operation {
 public:
  Operation(Context& context, const Json& input, bool with_ctags)
      : context_(context),
        with_ctags_(with_ctags),
        params_(input.at("params")),
        task_(TaskText(input, params_)),
        run_(mamc::git::Run::OfTree(
            context, mamc::git::RequiredText(input.value("workspace", Json::object()), "path"))),
        // Without what earlier scans and runs have left: the same sources give the same summary.
        tree_(run_.repo().WorkOf(run_.repo().WriteTree())),
        ctags_(context, run_.tree_path().string()) {}

  Task<Json> Execute() {
    ListFiles();
    FindCommandsAndReadme();
    const std::string recogniser = co_await Recogniser();
    OpenCache(recogniser);
    co_await ReadChanged(recogniser != kLines);
    CountCommits();
    KeepCache(recogniser);
    co_return Result();
  }

 private:
  static constexpr char kLines[] = "lines";

  void ListFiles() {
    const auto max_files = params_.value("max_files", std::size_t{50'000});
    const auto max_bytes = params_.value("max_bytes", std::uint64_t{256} << 20);
    for (const mamc::git::ListedFile& file : run_.repo().ListFiles(tree_)) {
      if (IsOddName(file.path)) {
        ++scan_.odd_names;
        continue;
      }
      if (scan_.files.size() == max_files || scan_.bytes + file.bytes > max_bytes) {
        scan_.cut = true;
        break;
      }
      const Language* language = LanguageOf(file.path);
      scan_.files.push_back({file.path, file.bytes, file.id, language});
      scan_.bytes += file.bytes;
      if (language != nullptr) ++scan_.languages[std::string(language->name)];
    }
  }

  std::optional<std::string> ReadTop(const std::string& name) {
    const auto file =
        std::lower_bound(scan_.files.begin(), scan_.files.end(), name,
                         [](const ScannedFile& one, const std::string& wanted) { return one.path < wanted; });
    if (file == scan_.files.end() || file->path != name) return std::nullopt;
    return file->bytes > kMostFileBytes ? std::string() : run_.repo().ReadBytes(file->id);
  }

  void FindCommandsAndReadme() {
    scan_.commands = FindCommands([this](const std::string& name) { return ReadTop(name); });
    for (const char* name : kReadmes)
      if (const auto text = ReadTop(name); text && scan_.readme.empty()) {
        scan_.readme = name;
        scan_.readme_head = FirstLines(*text);
      }
  }

  Task<std::string> Recogniser() {
    if (!with_ctags_) co_return kLines;
    const std::string version = co_await ctags_.Version();
    co_return version.empty() ? kLines : version;
  }

  void OpenCache(const std::string& recogniser) {
    std::string problem;
    cache_ = LoadCache(CacheFile(), recogniser, &problem);
    if (!problem.empty()) context_.Log(MAMC_LOG_WARN, problem);
  }

  // Reads what no scan has read yet, each of the same bytes once.
  Task<void> ReadChanged(bool with_ctags) {
    std::vector<const ScannedFile*> sources;
    for (const ScannedFile& file : scan_.files) {
      if (file.bytes > kMostFileBytes || cache_.facts.contains(file.id)) continue;
      if (context_.cancelled()) throw Failure(MAMC_E_CANCELLED, "the scan was stopped");
      const std::string text = run_.repo().ReadBytes(file.id);
      Facts& facts = cache_.facts[file.id];
      ++read_;
      if (IsBinary(text)) continue;
      facts.uses = UsesIn(text, cache_.dictionary);
      if (file.language == nullptr || !file.language->is_code()) continue;
      facts.symbols = SymbolsIn(text, *file.language, cache_.dictionary);
      sources.push_back(&file);
    }
    if (with_ctags && !sources.empty()) co_await AskCtags(sources);
  }

  // What the patterns have found stands where it could not be asked.
  Task<void> AskCtags(std::vector<const ScannedFile*> sources) {
    std::vector<std::string> paths;
    for (const ScannedFile* file : sources) paths.push_back(file->path);
    Ctags::Found found = co_await ctags_.Ask(std::move(paths), cache_.dictionary);
    for (const ScannedFile* file : sources)
      if (auto symbols = found.find(file->path); symbols != found.end())
        cache_.facts[file->id].symbols = std::move(symbols->second);
  }

  void CountCommits() {
    const std::string head = run_.head();
    if (cache_.commit != head) {
      const std::map<std::string, int> all = run_.repo().CommitsOfPaths(head, kCommitsLookedAt);
      cache_.commit = head;
      cache_.commits.clear();
      for (const ScannedFile& file : scan_.files)
        if (auto found = all.find(file.path); found != all.end()) cache_.commits.insert(*found);
      commits_counted_ = true;
    }
    for (ScannedFile& file : scan_.files)
      if (auto found = cache_.commits.find(file.path); found != cache_.commits.end())
        file.commits = found->second;
  }

  void KeepCache(const std::string& recogniser) {
    if (read_ == 0 && !commits_counted_) return;
    std::set<std::string> ids;
    for (const ScannedFile& file : scan_.files) ids.insert(file.id);
    const std::string problem = SaveCache(cache_, ids, CacheFile(), recogniser);
    if (!problem.empty()) context_.Log(MAMC_LOG_WARN, "the next scan reads everything again: " + problem);
  }

  std::filesystem::path CacheFile() const { return run_.store() / "context-scan.cache"; }

  // The repository's own text is the same for every task; the map of this one belongs to this run alone.
  Json Result() {
    const auto max_bytes = params_.value("summary_bytes", std::size_t{9000});
    const std::vector<MapFile> files = MapFiles();
    const std::string central = Draw(files, "").text;
    const bool has_task = task_.find_first_not_of(" \n") != std::string::npos;
    const Map map = has_task ? Draw(files, task_) : Map();

    Json result = {{"repository", Summarize(scan_, "Central files", central, max_bytes)},
                   {"map", map.text},
                   {"mapped", Json::array()},
                   {"data", DataOf(scan_)},
                   {"languages", scan_.languages},
                   {"files", scan_.files.size()},
                   {"bytes", scan_.bytes},
                   {"read", read_}};
    result["summary"] = result["repository"];
    if (has_task) result["summary"] = Summarize(scan_, "Files for this task", map.text, max_bytes);
    for (const std::size_t file : map.files) result["mapped"].push_back(files[file].path);
    for (const char* purpose : {"build", "test"})
      if (auto command = scan_.CommandFor(purpose)) result[std::string(purpose) + "_command"] = *command;
    result["state"]["context_summary"] = result["summary"];
    return result;
  }

  std::vector<MapFile> MapFiles() const {
    static const Facts nothing;
    std::vector<MapFile> files;
    for (const ScannedFile& file : scan_.files) {
      const auto facts = cache_.facts.find(file.id);
      files.push_back({file.path, facts == cache_.facts.end() ? &nothing : &facts->second, file.commits});
    }
    return files;
  }

  Map Draw(const std::vector<MapFile>& files, const std::string& task) const {
    return DrawMap(files, Rank(files, cache_.dictionary, task), cache_.dictionary,
                   params_.value("map_tokens", std::size_t{1000}));
  }

  Context& context_;
  const bool with_ctags_;
  const Json& params_;
  const std::string task_;
  mamc::git::Run run_;
  const std::string tree_;
  Ctags ctags_;
  Scan scan_;
  Cache cache_;
  std::size_t read_ = 0;
  bool commits_counted_ = false;
};

class ContextScan : public mamc::sdk::Step {
 public:
  explicit ContextScan(const Json& settings) : with_ctags_(settings.value("ctags", true)) {}

  Task<Json> Run(Context& context, Json input) override {
    Operation operation(context, input, with_ctags_);
    co_return co_await operation.Execute();
  }

 private:
  const bool with_ctags_;
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<ContextScan>("step", "context-scan"))
