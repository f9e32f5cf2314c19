// The tokens of one expression inside a text, one at a time, and the first error that is met; after an error
// there are no more tokens. Grammar: expression_parser.cpp. The text must outlive the lexer.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cursor.hpp"
#include "mamc/base/json.hpp"

namespace mamc::workflow {

struct Token {
  enum Kind { kEnd, kName, kNumber, kString, kSign } kind = kEnd;
  std::string text;  // of a name, sign or string (unescaped)
  Json number;
  std::size_t offset = 0;
};

class Lexer {
 public:
  // Begins at `start`; `closer` ends the expression and is not part of it; `at` is the place of text[0].
  Lexer(std::string_view text, const Cursor& start, std::string_view closer, const Place& at);

  const Token& token() const { return token_; }
  void Next();
  // The name behind a dot, which may hold dashes: the language has no subtraction, and ids of steps and
  // personas have them. An empty name when there is none.
  void NextMember();

  bool AtSign(std::string_view sign) const { return token_.kind == Token::kSign && token_.text == sign; }
  bool Take(std::string_view sign);
  bool Expect(std::string_view sign);
  // Nothing is left of the text, not even the closer.
  bool exhausted() const { return offset_ >= text_.size(); }
  // The token in words, for "... but found X".
  std::string Seen() const;

  // The first error counts.
  void Fail(std::size_t offset, std::string message);
  bool failed() const { return error_.has_value(); }
  SyntaxError TakeError() { return std::move(*error_); }
  Place PlaceOf(std::size_t offset);

 private:
  void SkipSpace();
  void ReadName(bool member);
  void ReadNumber();
  void ReadString(char quote);
  bool ReadEscape();
  void ReadSign();

  const std::string_view text_;
  const Cursor start_;
  const std::string_view closer_;
  const Place at_;
  std::size_t offset_;
  Cursor counted_;  // as far as places have been asked for
  Token token_;
  std::optional<SyntaxError> error_;
};

bool IsSpace(char c);

}  // namespace mamc::workflow
