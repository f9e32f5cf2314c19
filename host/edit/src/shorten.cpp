#include "shorten.hpp"

#include <algorithm>

#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kMostOfWord = 200, kMostOfLine = 1200;

std::string Short(std::string_view text, std::size_t most) {
  const std::string_view cut = CutText(text, most);
  return std::string(cut) + (cut.size() < text.size() ? "..." : "");
}

}  // namespace

std::string_view CutText(std::string_view text, std::size_t most) {
  constexpr std::size_t kLongestLetter = 4;
  if (text.size() <= most) return text;
  auto within_letter = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  std::size_t end = most;
  while (end > 0 && most - end < kLongestLetter && within_letter(end)) --end;
  return text.substr(0, within_letter(end) ? most : end);
}

std::string QuotedLine(std::string_view line) {
  constexpr std::size_t kMostOfQuote = 120;
  return "'" + std::string(CutText(Trim(line), kMostOfQuote)) + "'";
}

std::string ShortName(std::string_view name) {
  return Short(name, kMostOfWord);
}

std::string ShortMessage(std::string_view message) {
  std::string out, line;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find_first_of(" \n"), message.size());
    if (line.size() <= kMostOfLine) line += ShortName(message.substr(0, end));
    const char behind = end < message.size() ? message[end] : '\0';
    message.remove_prefix(std::min(end + 1, message.size()));
    if (behind == ' ') line += ' ';
    if (behind != '\n' && !message.empty()) continue;
    out += Short(line, kMostOfLine);
    if (behind == '\n') out += '\n';
    line.clear();
  }
  return out;
}

}  // namespace mamc::edit
