#include "map.hpp"

#include <algorithm>
#include <map>

namespace {

constexpr std::size_t kMostNames = 6;  // of a file
constexpr std::size_t kMostNameBytes = 48;

// "src/http.c: parse_header, send_reply\n", the names that say the most, in the order of the file.
std::string LineWithNames(const MapFile& file, const Ranking& ranking, const Dictionary& dictionary) {
  std::vector<Symbol> symbols;
  for (const Symbol& symbol : file.facts->symbols) {
    const bool is_known = std::any_of(symbols.begin(), symbols.end(),
                                      [&](const Symbol& other) { return other.name == symbol.name; });
    if (!is_known && dictionary.word(symbol.name).size() <= kMostNameBytes) symbols.push_back(symbol);
  }
  std::stable_sort(symbols.begin(), symbols.end(), [&](const Symbol& a, const Symbol& b) {
    return ranking.word_weights[a.name] > ranking.word_weights[b.name];
  });
  symbols.resize(std::min(symbols.size(), kMostNames));
  std::stable_sort(symbols.begin(), symbols.end(),
                   [](const Symbol& a, const Symbol& b) { return a.line < b.line; });
  std::string line = file.path;
  for (const Symbol& symbol : symbols)
    line += (&symbol == &symbols.front() ? ": " : ", ") + dictionary.word(symbol.name);
  return line + "\n";
}

// Folders in the order of their best files: "src/: http.c url.c\n".
class FolderLines {
 public:
  // False, and nothing is added, when the lines would then be longer than `most_bytes`.
  bool Add(const std::string& path, std::size_t most_bytes) {
    const std::string folder(FolderOf(path)), name(NameOf(path));
    const auto known = places_.find(folder);
    const std::size_t more = name.size() + 1 + (known == places_.end() ? Head(folder).size() + 1 : 0);
    if (bytes_ + more > most_bytes) return false;
    bytes_ += more;
    if (known == places_.end()) {
      places_.emplace(folder, lines_.size());
      lines_.push_back(Head(folder) + " " + name);
    } else {
      lines_[known->second] += " " + name;
    }
    return true;
  }
  std::string text() const {
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    return text;
  }

 private:
  static std::string Head(const std::string& folder) { return (folder.empty() ? "./" : folder) + ":"; }
  std::vector<std::string> lines_;
  std::map<std::string, std::size_t> places_;
  std::size_t bytes_ = 0;
};

}  // namespace

Map DrawMap(const std::vector<MapFile>& files, const Ranking& ranking, const Dictionary& dictionary,
            std::size_t tokens) {
  Map map;
  const std::size_t most_bytes = tokens * kBytesOfToken;
  std::size_t next = 0;
  for (; next < ranking.order.size(); ++next) {
    const std::string line = LineWithNames(files[ranking.order[next]], ranking, dictionary);
    if (map.text.size() + line.size() > most_bytes / 3) break;
    map.text += line;
    map.files.push_back(ranking.order[next]);
  }
  FolderLines folders;
  for (; next < ranking.order.size(); ++next) {
    if (!folders.Add(files[ranking.order[next]].path, most_bytes - map.text.size())) break;
    map.files.push_back(ranking.order[next]);
  }
  map.text += folders.text();
  return map;
}
