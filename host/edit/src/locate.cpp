#include "locate.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace mamc::edit {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

std::string_view TrimEnd(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

std::string_view Trim(std::string_view line) {
  line = TrimEnd(line);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  return line;
}

// Knuth, Morris and Pratt over line numbers: linear whatever the lines repeat.
std::vector<std::size_t> Find(const std::vector<int>& text, const std::vector<int>& wanted) {
  std::vector<std::size_t> places, fallback(wanted.size(), 0);
  for (std::size_t i = 1, k = 0; i < wanted.size(); ++i) {
    while (k > 0 && wanted[i] != wanted[k]) k = fallback[k - 1];
    if (wanted[i] == wanted[k]) ++k;
    fallback[i] = k;
  }
  for (std::size_t i = 0, k = 0; i < text.size(); ++i) {
    while (k > 0 && text[i] != wanted[k]) k = fallback[k - 1];
    if (text[i] == wanted[k]) ++k;
    if (k < wanted.size()) continue;
    places.push_back(i + 1 - k);
    k = fallback[k - 1];
  }
  return places;
}

std::vector<std::size_t> FindLines(const std::vector<std::string>& lines,
                                   const std::vector<std::string>& wanted,
                                   std::string_view (*normal)(std::string_view)) {
  std::unordered_map<std::string_view, int> numbers;
  auto number = [&](const std::string& line) {
    return numbers.emplace(normal(line), static_cast<int>(numbers.size())).first->second;
  };
  std::vector<int> text, pattern;
  for (const std::string& line : lines) text.push_back(number(line));
  for (const std::string& line : wanted) pattern.push_back(number(line));
  return Find(text, pattern);
}

}  // namespace

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

FileText::FileText(std::string_view bytes) {
  bom_ = bytes.substr(0, kBom.size()) == kBom;
  if (bom_) bytes.remove_prefix(kBom.size());
  last_newline_ = bytes.empty() || bytes.back() == '\n';
  lines_ = LinesOf(bytes);
  for (std::string& line : lines_) {
    const bool crlf = !line.empty() && line.back() == '\r';
    if (crlf) line.pop_back();
    ends_.push_back(crlf ? "\r\n" : "\n");
  }
  if (!ends_.empty()) end_ = ends_[0];
}

std::string FileText::Bytes() const {
  std::string bytes(bom_ ? kBom : "");
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    bytes += lines_[i];
    if (i + 1 < lines_.size() || last_newline_) bytes += ends_[i];
  }
  return bytes;
}

void FileText::Replace(std::size_t first, std::size_t count, const std::vector<std::string>& replacement) {
  auto at = [](auto& list, std::size_t i) { return list.begin() + static_cast<std::ptrdiff_t>(i); };
  lines_.erase(at(lines_, first), at(lines_, first + count));
  ends_.erase(at(ends_, first), at(ends_, first + count));
  lines_.insert(at(lines_, first), replacement.begin(), replacement.end());
  ends_.insert(at(ends_, first), replacement.size(), end_);
}

void FileText::ReplaceAll(std::string_view content) {
  lines_ = LinesOf(content);
  ends_.assign(lines_.size(), end_);
}

Located Locate(const std::vector<std::string>& lines, const std::vector<std::string>& wanted) {
  auto same = [](std::string_view line) { return line; };
  if (std::vector<std::size_t> exact = FindLines(lines, wanted, same); !exact.empty()) return {exact};
  return {FindLines(lines, wanted, TrimEnd)};
}

std::string NearestLines(const std::vector<std::string>& lines, const std::vector<std::string>& wanted) {
  constexpr std::size_t kTooCommon = 50;
  std::unordered_map<std::string_view, std::vector<std::size_t>> where;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (auto key = Trim(lines[i]); !key.empty()) where[key].push_back(i);
  std::map<std::ptrdiff_t, int> votes;  // by where the first wanted line would lie
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto found = where.find(Trim(wanted[i]));
    if (found == where.end() || found->second.size() > kTooCommon) continue;
    for (std::size_t place : found->second)
      ++votes[static_cast<std::ptrdiff_t>(place) - static_cast<std::ptrdiff_t>(i)];
  }
  if (votes.empty()) return {};
  auto best =
      std::max_element(votes.begin(), votes.end(), [](auto& a, auto& b) { return a.second < b.second; });
  const std::size_t first = static_cast<std::size_t>(std::max<std::ptrdiff_t>(best->first, 0));
  std::string text;
  for (std::size_t i = first; i < std::min({first + wanted.size() + 2, lines.size(), first + 12}); ++i)
    text += std::to_string(i + 1) + "| " + lines[i].substr(0, 200) + "\n";
  return text;
}

}  // namespace mamc::edit
