#include "rank.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "graph.hpp"
#include "words.hpp"

namespace {

// Of BM25, and what a word counts in a path and as a name that is defined.
constexpr double kSaturation = 2, kLength = 0.6;
constexpr double kInPath = 8, kInName = 3;
constexpr double kReferenced = 0.15;  // what references count beside words
constexpr std::size_t kMostTerms = 64;

using Terms = std::uint64_t;  // a set of the task's terms

// What the task asks for: stems, and identifiers as they stand there.
class Wanted {
 public:
  explicit Wanted(std::string_view text) {
    for (const std::string& stem : StemsOf(text)) Add(stems_, stem);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = at;
      while (end < text.size() && ContinuesName(text[end])) ++end;
      const std::string_view word = text.substr(at, end - at);
      if (StemsOf(word).size() > 1) Add(identifiers_, std::string(word));
      at = end + 1;
    }
  }
  std::size_t size() const { return size_; }
  Terms In(std::string_view text) const {
    Terms terms = 0;
    for (const std::string& stem : StemsOf(text))
      if (auto found = stems_.find(stem); found != stems_.end()) terms |= Terms{1} << found->second;
    if (auto found = identifiers_.find(std::string(text)); found != identifiers_.end())
      terms |= Terms{1} << found->second;
    return terms;
  }

 private:
  void Add(std::unordered_map<std::string, std::size_t>& to, const std::string& term) {
    if (size_ < kMostTerms && to.emplace(term, size_).second) ++size_;
  }
  std::size_t size_ = 0;
  std::unordered_map<std::string, std::size_t> stems_, identifiers_;
};

template <class Take>
void EachTerm(Terms terms, Take take) {
  for (std::size_t term = 0; terms != 0; terms >>= 1, ++term)
    if ((terms & 1) != 0) take(term);
}

// What people call files of a kind that have other names.
std::string_view Role(std::string_view path) {
  const std::string_view name = NameOf(path);
  const std::string_view ending = name.substr(std::min(name.rfind('.'), name.size() - 1) + 1);
  if (ending.size() == 1 && IsDigit(ending[0])) return "man manual page manpage documentation";
  if (HasWord(
          "Makefile Makefile.am Makefile.in GNUmakefile CMakeLists.txt meson.build configure.ac configure.in "
          "configure setup.py package.json Cargo.toml",
          name))
    return "build compile link install";
  if (HasWord("md rst txt texi xml html", ending)) return "documentation doc";
  return IsTest(path) ? "test" : "";
}

// Records of everything that ever happened, and translations, hold all words and are rarely what is meant.
double Likelihood(std::string_view path) {
  const std::string_view name = NameOf(path);
  const std::string_view ending = name.substr(std::min(name.rfind('.'), name.size() - 1) + 1);
  const bool is_record = name.starts_with("ChangeLog") || name.starts_with("CHANGE") ||
                         name.starts_with("NEWS") || name.starts_with("Changes") ||
                         name.starts_with("AUTHORS");
  if (is_record || HasWord("po pot svg ts", ending)) return 0.3;
  return IsTest(path) ? 0.7 : 1;
}

struct FileTerms {
  std::array<float, kMostTerms> times{};
  Terms any = 0;
  double length = 0;
};

class Lexical {
 public:
  Lexical(const std::vector<MapFile>& files, const Dictionary& dictionary, const Wanted& wanted)
      : word_terms_(dictionary.size()), weights_(wanted.size()) {
    for (std::uint32_t word = 0; word < dictionary.size(); ++word)
      word_terms_[word] = wanted.In(dictionary.word(word));
    files_.reserve(files.size());
    for (const MapFile& file : files) files_.push_back(Count(file, wanted));
    std::vector<double> holders(wanted.size());
    for (const FileTerms& file : files_) EachTerm(file.any, [&](std::size_t term) { ++holders[term]; });
    const auto all = static_cast<double>(files.size());
    for (std::size_t term = 0; term < wanted.size(); ++term)
      weights_[term] = std::log(1 + (all - holders[term] + 0.5) / (holders[term] + 0.5));
    for (const FileTerms& file : files_) mean_length_ += file.length / all;
  }

  double ScoreOf(std::size_t index) const {
    const FileTerms& file = files_[index];
    const double dampened = kSaturation * (1 - kLength + kLength * file.length / (mean_length_ + 1));
    double score = 0;
    EachTerm(file.any, [&](std::size_t term) {
      score += weights_[term] * file.times[term] * (kSaturation + 1) / (file.times[term] + dampened);
    });
    return score;
  }

  double WeightOf(std::uint32_t word) const {
    double weight = 0;
    EachTerm(word_terms_[word], [&](std::size_t term) { weight += weights_[term]; });
    return weight;
  }

 private:
  FileTerms Count(const MapFile& file, const Wanted& wanted) const {
    FileTerms counted;
    const auto add = [&](Terms terms, double times) {
      counted.any |= terms;
      EachTerm(terms, [&](std::size_t term) { counted.times[term] += static_cast<float>(times); });
    };
    add(wanted.In(file.path), kInPath);
    add(wanted.In(Role(file.path)), kInName);
    for (const Symbol& symbol : file.facts->symbols) add(word_terms_[symbol.name], kInName);
    for (const Use& use : file.facts->uses) {
      add(word_terms_[use.word], use.times);
      counted.length += use.times;
    }
    return counted;
  }

  std::vector<Terms> word_terms_;
  std::vector<double> weights_;  // of the terms
  std::vector<FileTerms> files_;
  double mean_length_ = 0;
};

void ScaleTo(std::vector<double>& values, double sum) {
  const double all = std::accumulate(values.begin(), values.end(), 0.0);
  if (all > 0)
    for (double& value : values) value *= sum / all;
}

double Greatest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

}  // namespace

Ranking Rank(const std::vector<MapFile>& files, const Dictionary& dictionary, std::string_view text) {
  const Wanted wanted(text);
  const Lexical lexical(files, dictionary, wanted);
  const ReferenceGraph graph(files, dictionary);

  std::vector<double> words(files.size());
  for (std::size_t file = 0; file < files.size(); ++file)
    words[file] = lexical.ScoreOf(file) * Likelihood(files[file].path);
  const double best_word = Greatest(words);

  std::vector<double> seeds = words;
  if (best_word > 0)
    for (double& seed : seeds) seed *= seed;  // the few that fit well, not the many that hold a word
  else
    for (std::size_t file = 0; file < files.size(); ++file)
      seeds[file] = Likelihood(files[file].path) * (1 + files[file].commits);
  ScaleTo(seeds, 1);
  const std::vector<double> referenced = graph.RankFrom(seeds);
  const double best_reference = Greatest(referenced);

  std::vector<double> scores(files.size());
  for (std::size_t file = 0; file < files.size(); ++file)
    scores[file] = (best_word > 0 ? words[file] / best_word : 0) +
                   (best_reference > 0 ? kReferenced * referenced[file] / best_reference : 0);

  Ranking ranking;
  ranking.order.resize(files.size());
  std::iota(ranking.order.begin(), ranking.order.end(), std::size_t{0});
  std::stable_sort(ranking.order.begin(), ranking.order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  ranking.word_weights.resize(dictionary.size());
  for (std::uint32_t word = 0; word < dictionary.size(); ++word)
    ranking.word_weights[word] = 10 * lexical.WeightOf(word) + std::log1p(graph.users()[word]);
  return ranking;
}
