#include "mamc/base/text.hpp"

#include <sodium.h>

#include <algorithm>
#include <cctype>

namespace mamc {
namespace {

std::string Hex(const unsigned char* bytes, std::size_t size) {
  static const char digits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    hex += digits[bytes[i] >> 4];
    hex += digits[bytes[i] & 15];
  }
  return hex;
}

// Length of the UTF-8 sequence at `at`, 0 when it is not one.
std::size_t SequenceLength(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  unsigned char next = byte(at + 1);
  if ((lead == 0xE0 && next < 0xA0) || (lead == 0xED && next > 0x9F)) return 0;
  if ((lead == 0xF0 && next < 0x90) || (lead == 0xF4 && next > 0x8F)) return 0;
  return length;
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Takes the next line off, without blanks around it.
std::string_view NextLine(std::string_view* text) {
  const std::size_t end = std::min(text->find('\n'), text->size());
  std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  constexpr std::string_view kBlank = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  while (!line.empty() && kBlank.find(line.back()) != std::string_view::npos) line.remove_suffix(1);
  return line;
}

bool SpeaksOfFailure(std::string_view line) {
  const std::string lower = Lower(line);
  // "ok - keeps the old value when it fails" is a test that passed.
  if (lower.starts_with("ok ") || lower.starts_with("pass")) return false;
  for (const char* word : {"fail", "error", "not ok", "assert", "expected"})
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

// Of a command's output: the first line that speaks of a failure, else the first that says anything.
std::string_view CauseIn(std::string_view text) {
  std::string_view said;
  while (!text.empty()) {
    const std::string_view line = NextLine(&text);
    if (SpeaksOfFailure(line)) return line;
    bool words =
        std::any_of(line.begin(), line.end(), [](unsigned char c) { return std::isalnum(c) || c >= 0x80; });
    if (said.empty() && words) said = line;
  }
  return said;
}

std::string Shortened(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view kCut = "...";
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes - std::min(max_bytes, kCut.size());
  while (end > 0 && IsContinuation(text[end])) --end;
  return std::string(text.substr(0, end)) + std::string(kCut);
}

// Two neighbours that changed places count as one slip.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(previous);
    previous.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, replaced});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Sha256(std::string_view bytes) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return Hex(digest, sizeof digest);
}

std::string RandomHex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  randombytes_buf(raw.data(), raw.size());
  return Hex(reinterpret_cast<const unsigned char*>(raw.data()), raw.size());
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool IsUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = SequenceLength(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::size_t CodePoints(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), IsContinuation));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::vector<std::string_view> PathWordsIn(std::string_view text) {
  const auto is_of_path = [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("_-./+@").find(c) != std::string_view::npos;
  };
  std::vector<std::string_view> words;
  for (auto begin = text.begin(); begin != text.end();) {
    begin = std::find_if(begin, text.end(), is_of_path);
    const auto end = std::find_if_not(begin, text.end(), is_of_path);
    if (begin != end) words.emplace_back(begin, end);
    begin = end;
  }
  return words;
}

std::string Slug(std::string_view text, std::size_t max) {
  std::string slug;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte))
      slug += static_cast<char>(std::tolower(byte));
    else if (!slug.empty() && slug.back() != '-')
      slug += '-';
    if (slug.size() >= max) break;
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

std::string HeadAndTail(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t head = max_bytes / 2;
  std::size_t tail = text.size() - (max_bytes - head);
  while (head > 0 && IsContinuation(text[head])) --head;
  while (tail < text.size() && IsContinuation(text[tail])) ++tail;
  return std::string(text.substr(0, head)) + "\n[... " + std::to_string(tail - head) +
         " bytes left out ...]\n" + std::string(text.substr(tail));
}

std::string Gist(std::string_view text, std::size_t max_bytes) {
  std::string_view first = NextLine(&text);
  std::string_view cause = first.ends_with(':') ? CauseIn(text) : std::string_view();
  if (cause.empty()) return Shortened(first, max_bytes);
  const std::string end = " " + Shortened(cause, max_bytes / 2);
  return Shortened(first, max_bytes - end.size()) + end;
}

bool MeansCut(std::string_view finish_reason) {
  std::string reason = Lower(NextLine(&finish_reason));
  if (constexpr std::string_view kPrefix = "finish_reason_"; reason.starts_with(kPrefix))
    reason.erase(0, kPrefix.size());
  for (std::string_view whole :
       {"",         "stop",       "stopped",   "stop_sequence", "stopstringfound", "eos",       "eos_token",
        "eosfound", "end",        "end_turn",  "done",          "complete",        "completed", "finished",
        "success",  "tool_calls", "toolcalls", "tool_use",      "function_call",   "null",      "none"})
    if (reason == whole) return false;
  return true;
}

std::string ShellWord(const std::string& text) {
  constexpr std::string_view kPlain = "-_./:@%+=,";
  bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || kPlain.find(c) != std::string_view::npos;
  });
  if (plain) return text;
  std::string word = "'";
  for (char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates) {
  std::string nearest;
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    std::size_t distance = EditDistance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  std::string nearest = NearestWord(word, candidates);
  return nearest.empty() ? nearest : " (did you mean '" + nearest + "'?)";
}

}  // namespace mamc
