// Implementation: lines. A head with the form, the recogniser and the sum of all that follows; then, each
// with its count before: commits of paths, words, files. Words are numbered by their lines.
#include "cache.hpp"

#include <charconv>
#include <map>
#include <optional>
#include <vector>

#include "mamc/base/files.hpp"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = std::size_t{1} << 30;
constexpr std::string_view kForm = "mamc-context-scan 1 ";

// FNV-1a: damage, not malice, is what it is for.
std::string SumOf(std::string_view text) {
  std::uint64_t sum = 14695981039346656037u;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return std::to_string(sum);
}

std::string HeadOf(const std::string& recogniser, std::string_view body) {
  return std::string(kForm) + SumOf(body) + " " + recogniser + "\n";
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  std::string_view Line() {
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    const std::string_view line = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    return line;
  }
  // 0 where none stands: the sum has said that what was written is what is read.
  std::uint32_t Number() {
    std::uint32_t number = 0;
    const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    text_.remove_prefix(std::min(static_cast<std::size_t>(read.ptr - text_.data()) + 1, text_.size()));
    return number;
  }

 private:
  std::string_view text_;
};

Facts ReadFacts(Reader& reader) {
  Facts facts;
  facts.symbols.resize(reader.Number());
  for (Symbol& symbol : facts.symbols) {
    symbol.name = reader.Number();
    symbol.line = static_cast<int>(reader.Number());
  }
  facts.uses.resize(reader.Number());
  for (Use& use : facts.uses) {
    use.word = reader.Number();
    use.times = reader.Number();
  }
  return facts;
}

Cache ReadCache(std::string_view body) {
  Cache cache;
  Reader reader(body);
  cache.commit = reader.Line();
  for (std::uint32_t left = reader.Number(); left > 0; --left) {
    const int times = static_cast<int>(reader.Number());
    cache.commits.emplace(reader.Line(), times);
  }
  for (std::uint32_t left = reader.Number(); left > 0; --left) cache.dictionary.NumberOf(reader.Line());
  const std::uint32_t files = reader.Number();
  cache.facts.reserve(files);
  for (std::uint32_t left = files; left > 0; --left) {
    std::string id(reader.Line());
    cache.facts.emplace(std::move(id), ReadFacts(reader));
  }
  return cache;
}

void Add(std::string& text, std::uint64_t number, char behind) {
  char digits[24];
  const auto written = std::to_chars(digits, digits + sizeof digits, number);
  text.append(digits, written.ptr).push_back(behind);
}

// The words that are still used, numbered anew.
class Words {
 public:
  std::uint32_t NumberOf(std::uint32_t word) {
    const auto [known, is_new] = numbers_.emplace(word, static_cast<std::uint32_t>(words_.size()));
    if (is_new) words_.push_back(word);
    return known->second;
  }
  const std::vector<std::uint32_t>& words() const { return words_; }

 private:
  std::unordered_map<std::uint32_t, std::uint32_t> numbers_;
  std::vector<std::uint32_t> words_;
};

void AddFacts(std::string& text, const Facts& facts, Words& words) {
  Add(text, facts.symbols.size(), ' ');
  for (const Symbol& symbol : facts.symbols) {
    Add(text, words.NumberOf(symbol.name), ' ');
    Add(text, static_cast<std::uint64_t>(symbol.line), ' ');
  }
  Add(text, facts.uses.size(), facts.uses.empty() ? '\n' : ' ');
  for (const Use& use : facts.uses) {
    Add(text, words.NumberOf(use.word), ' ');
    Add(text, use.times, &use == &facts.uses.back() ? '\n' : ' ');
  }
}

}  // namespace

Cache LoadCache(const fs::path& file, const std::string& recogniser, std::string* problem) {
  if (!fs::exists(file)) return {};
  const mamc::Result<std::string> text = mamc::ReadFile(file, kMostBytes);
  if (!text.ok()) {
    *problem = "what earlier scans have read cannot be used: " + text.status().message();
    return {};
  }
  const std::size_t end = std::min(text->find('\n'), text->size() - 1) + 1;
  const std::string_view body = std::string_view(*text).substr(end);
  const std::string_view head = std::string_view(*text).substr(0, end);
  if (head == HeadOf(recogniser, body)) return ReadCache(body);
  const bool is_whole = head.starts_with(std::string(kForm) + SumOf(body) + " ");
  if (!is_whole) *problem = file.string() + " is damaged: every file is read again, and it is written anew";
  return {};
}

std::string SaveCache(const Cache& cache, const std::set<std::string>& ids, const fs::path& file,
                      const std::string& recogniser) {
  Words words;
  std::string files;
  std::size_t count = 0;
  for (const std::string& id : ids) {
    const auto facts = cache.facts.find(id);
    if (facts == cache.facts.end()) continue;
    files += id + "\n";
    AddFacts(files, facts->second, words);
    ++count;
  }
  std::string body = cache.commit + "\n";
  Add(body, cache.commits.size(), '\n');
  for (const auto& [path, times] : cache.commits) {
    Add(body, static_cast<std::uint64_t>(times), ' ');
    body += path + "\n";
  }
  Add(body, words.words().size(), '\n');
  for (const std::uint32_t word : words.words()) body += cache.dictionary.word(word) + "\n";
  Add(body, count, '\n');
  body += files;
  const mamc::Status written = mamc::WriteFile(file, HeadOf(recogniser, body) + body, 0600);
  return written.ok() ? "" : written.message();
}
