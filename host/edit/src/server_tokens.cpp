#include "server_tokens.hpp"

#include <algorithm>
#include <vector>

#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::string_view kServerTokens[] = {"<|im_end|>",
                                              "<|eot_id|>",
                                              "<|endoftext|>",
                                              "<|end_of_text|>",
                                              "<|end|>",
                                              "<|return|>",
                                              "<|eom_id|>",
                                              "<|eos|>",
                                              "<|end_of_turn|>",
                                              "<end_of_turn>",
                                              "<|END_OF_TURN_TOKEN|>",
                                              "</s>",
                                              "<\xEF\xBD\x9C"
                                              "end\xE2\x96\x81of\xE2\x96\x81sentence\xEF\xBD\x9C>"};

std::string_view TokenAtEnd(std::string_view line) {
  line = TrimEnd(line);
  const auto found = std::find_if(std::begin(kServerTokens), std::end(kServerTokens),
                                  [&](std::string_view token) { return EndsWith(line, token); });
  return found == std::end(kServerTokens) ? std::string_view() : *found;
}

bool HoldsToken(std::string_view text) {
  return std::any_of(std::begin(kServerTokens), std::end(kServerTokens),
                     [&](std::string_view token) { return text.find(token) != text.npos; });
}

// HTML has an element of the name.
bool IsOfMarkup(std::string_view token, std::string_view text) {
  return token == "</s>" && (text.find("<s>") != text.npos || text.find("<s ") != text.npos);
}

// A line of a diff that holds nothing else writes the token.
bool IsLineOfDiff(std::string_view line, std::string_view token) {
  line = TrimEnd(line);
  return line.size() == token.size() + 1 && std::string_view("+- ").find(line[0]) != line.npos;
}

std::vector<std::string_view> NewLines(const Edit& edit) {
  if (edit.kind != EditKind::kDiff) return ViewLines(edit.content);
  std::vector<std::string_view> lines;
  for (const Hunk& hunk : edit.hunks)
    for (const HunkLine& line : hunk.lines)
      if (line.sign == '+') lines.push_back(line.text);
  return lines;
}

// The line that ends in a token when it is the first that holds one: a program that is about them has one
// that opens before, or has it in quotes.
std::string_view StrayToken(const std::vector<std::string_view>& lines) {
  for (std::string_view line : lines) {
    const auto holds = [](std::string_view text) {
      return text.find("<|") != text.npos || HoldsToken(text) || IsOfMarkup("</s>", text);
    };
    if (line.find('<') == line.npos || !holds(line)) continue;
    std::string_view text = TrimEnd(line);
    while (!TokenAtEnd(text).empty()) text = TrimEnd(text.substr(0, text.size() - TokenAtEnd(text).size()));
    return text.size() == TrimEnd(line).size() || holds(text) ? std::string_view() : line;
  }
  return {};
}

}  // namespace

std::string_view WithoutServerTokens(std::string_view answer) {
  for (;;) {
    const std::size_t last = answer.find_last_not_of(" \t\r\n");
    const std::string_view text = answer.substr(0, last == answer.npos ? 0 : last + 1);
    const std::string_view token = TokenAtEnd(text);
    const std::string_view line = text.substr(text.rfind('\n') + 1);
    if (token.empty() || IsOfMarkup(token, text) || IsLineOfDiff(line, token)) return answer;
    answer = text.substr(0, text.size() - token.size());
  }
}

std::string ServerTokenRefusal(const Edit& edit, std::string_view before) {
  const std::string_view line = StrayToken(NewLines(edit));
  if (line.empty()) return {};
  const std::string_view token = TokenAtEnd(line);
  if (before.find(token) != before.npos || edit.search.find(token) != edit.search.npos) return {};
  return QuotedLine(line) + " ends in '" + std::string(token) +
         "', a sign of the model's server and no part of the file: send the edit without it";
}

}  // namespace mamc::edit
