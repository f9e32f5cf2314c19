#include "mamc/notes/failure_digest.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace mamc::notes {

namespace {

constexpr std::size_t kMaxLineBytes = 400;
constexpr std::string_view kCut = "[...]\n";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsHex(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// ---- what differs between equal runs ----
// Each measures what stands at the beginning of `rest`; 0 when it is not there.

// ESC [ ... final byte: colours and cursor movements.
std::size_t EscapeLength(std::string_view rest) {
  if (rest.size() < 2 || rest[0] != '\x1b') return 0;
  if (rest[1] != '[') return 2;
  std::size_t end = 2;
  while (end < rest.size() && (rest[end] < 0x40 || rest[end] > 0x7e)) ++end;
  return std::min(end + 1, rest.size());
}

std::size_t NumberLength(std::string_view rest) {
  std::size_t end = 0;
  while (end < rest.size() && IsDigit(rest[end])) ++end;
  if (end == 0 || end + 1 >= rest.size() || rest[end] != '.' || !IsDigit(rest[end + 1])) return end;
  ++end;
  while (end < rest.size() && IsDigit(rest[end])) ++end;
  return end;
}

// "0.03 sec", "12ms", "1.2 seconds"
std::size_t DurationLength(std::string_view rest) {
  std::size_t end = NumberLength(rest);
  if (end == 0) return 0;
  if (end < rest.size() && rest[end] == ' ') ++end;
  for (const std::string_view unit : {"seconds", "second", "secs", "sec", "ms", "us", "ns", "s"}) {
    if (!rest.substr(end).starts_with(unit)) continue;
    const std::size_t after = end + unit.size();
    if (after == rest.size() || !(IsLetter(rest[after]) || IsDigit(rest[after]) || rest[after] == '_'))
      return after;
  }
  return 0;
}

// "12:34:56" and "12:34:56.789"
std::size_t ClockTimeLength(std::string_view rest) {
  constexpr std::string_view kShape = "00:00:00";
  if (rest.size() < kShape.size()) return 0;
  for (std::size_t i = 0; i < kShape.size(); ++i)
    if (kShape[i] == ':' ? rest[i] != ':' : !IsDigit(rest[i])) return 0;
  return kShape.size() - 2 + NumberLength(rest.substr(kShape.size() - 2));
}

// "0x7ffe12345678"; short ones are values, not addresses.
std::size_t AddressLength(std::string_view rest) {
  constexpr std::size_t kShortest = 8;
  if (!rest.starts_with("0x")) return 0;
  std::size_t end = 2;
  while (end < rest.size() && IsHex(rest[end])) ++end;
  return end < kShortest ? 0 : end;
}

std::string Stable(std::string_view text, std::string_view workspace) {
  std::string stable;
  stable.reserve(text.size());
  bool in_word = false;  // a number inside a word ("utf8s") measures nothing
  while (!text.empty()) {
    std::size_t length = EscapeLength(text);
    std::string_view replacement;
    if (length == 0 && !workspace.empty() && text.starts_with(workspace)) {
      length = workspace.size();
      replacement = ".";
    }
    if (length == 0 && !in_word) {
      if ((length = ClockTimeLength(text)) != 0 || (length = DurationLength(text)) != 0)
        replacement = "<time>";
      else if ((length = AddressLength(text)) != 0)
        replacement = "<address>";
    }
    if (length != 0) {
      stable += replacement;
      text.remove_prefix(length);
      in_word = !replacement.empty() && replacement != ".";
      continue;
    }
    const char c = text.front();
    if (c != '\r') stable += c;
    in_word = IsLetter(c) || IsDigit(c) || c == '_' || c == '.';
    text.remove_prefix(1);
  }
  return stable;
}

// ---- what is kept ----

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The longest beginning of at most `bytes` that cuts no character.
std::string_view Head(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && IsContinuation(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

bool SpeaksOfFailure(std::string_view line) {
  static constexpr std::array<std::string_view, 12> kWords = {
      "fail",      "error",  "assert",    "expected", "exception",    "panic",
      "traceback", "not ok", "undefined", "mismatch", "segmentation", "\xE2\x9C\x97"};
  std::string lower(line);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// Whole lines from the front until `bytes` are used; a single line that is longer is cut.
std::string HeadLines(const std::vector<std::string_view>& lines, std::size_t bytes) {
  std::string kept;
  for (const std::string_view line : lines) {
    const std::string_view shown = Head(line, kMaxLineBytes);
    if (kept.size() + shown.size() + 1 > bytes) break;
    kept.append(shown).push_back('\n');
  }
  return kept;
}

std::string TailLines(std::vector<std::string_view> lines, std::size_t bytes) {
  std::size_t used = 0;
  std::size_t first = lines.size();
  while (first > 0 && used + std::min(lines[first - 1].size(), kMaxLineBytes) + 1 <= bytes)
    used += std::min(lines[--first].size(), kMaxLineBytes) + 1;
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(first));
  return HeadLines(lines, bytes);
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string_view> FailingLines(const std::vector<std::string_view>& lines) {
  std::vector<std::string_view> failing;
  std::set<std::string_view> seen;
  for (const std::string_view line : lines)
    if (SpeaksOfFailure(line) && seen.insert(line).second) failing.push_back(line);
  return failing;
}

}  // namespace

std::string WithoutEscapes(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t length = EscapeLength(text);
    if (length == 0) kept += text.front();
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return kept;
}

std::string WithoutTrees(std::string_view text, std::string_view runs_folder) {
  constexpr std::string_view kTree = "/tree", kRuns = "/runs/";
  std::string kept;
  for (;;) {
    const std::size_t at = text.find(kRuns);
    if (at == std::string_view::npos) return kept.append(text);
    const std::size_t id_end = text.find('/', at + kRuns.size());
    const bool is_tree = id_end != std::string_view::npos && text.substr(id_end).starts_with(kTree);
    if (!is_tree) {
      kept.append(text.substr(0, at + kRuns.size()));
      text.remove_prefix(at + kRuns.size());
      continue;
    }
    std::string_view before = text.substr(0, at);
    const std::string_view known = runs_folder.substr(0, runs_folder.rfind("/runs"));
    if (!known.empty() && before.ends_with(known)) {
      before.remove_suffix(known.size());
    } else {
      const std::size_t word = before.find_last_of(" \t\r\n\"'`(=<");
      before = before.substr(0, word == std::string_view::npos ? 0 : word + 1);
    }
    kept.append(before).push_back('.');
    text.remove_prefix(id_end + kTree.size());
  }
}

std::string FailureDigest(std::string_view output, std::string_view workspace, std::size_t max_bytes) {
  // "/base/shop-1a2b/runs/r1" of "/base/shop-1a2b/runs/r1/tree": who tests has a tree of its own beside it.
  const std::string_view run = workspace.substr(0, workspace.rfind('/'));
  const std::string text =
      Stable(WithoutTrees(output, run.substr(0, std::min(run.rfind('/'), run.size()))), workspace);
  if (text.size() <= max_bytes) return text;

  const std::vector<std::string_view> lines = Lines(text);
  const std::size_t room = max_bytes - 2 * kCut.size();
  std::string digest = HeadLines(FailingLines(lines), room / 2);
  const std::size_t left = room - digest.size();
  if (!digest.empty()) digest += kCut;
  digest += HeadLines(lines, left / 4);
  digest += kCut;
  digest += TailLines(lines, left - left / 4);
  return digest;
}

}  // namespace mamc::notes
