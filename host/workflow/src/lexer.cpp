#include "lexer.hpp"

#include <charconv>

#include "mamc/base/text.hpp"

namespace mamc::workflow {
namespace {

constexpr std::size_t kMaxExpressionBytes = 16 * 1024;

// A sign stands before every sign that it begins with.
constexpr std::string_view kSigns[] = {"===", "!==", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+",
                                       "-",   "!",   "?",  ":",  ".",  ",",  "(",  ")",  "[", "]"};

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

Lexer::Lexer(std::string_view text, const Cursor& start, std::string_view closer, const Place& at)
    : text_(text), start_(start), closer_(closer), at_(at), offset_(start.offset), counted_(start) {}

void Lexer::Next() {
  SkipSpace();
  token_ = Token{};
  token_.offset = offset_;
  if (failed() || exhausted()) return;
  if (!closer_.empty() && text_.substr(offset_).starts_with(closer_)) return;
  if (offset_ - start_.offset > kMaxExpressionBytes)
    return Fail(offset_, "an expression is at most " + std::to_string(kMaxExpressionBytes) + " bytes long");
  char c = text_[offset_];
  if (IsLetter(c)) return ReadName(false);
  if (IsDigit(c)) return ReadNumber();
  if (c == '\'' || c == '"') return ReadString(c);
  ReadSign();
}

void Lexer::NextMember() {
  SkipSpace();
  token_ = Token{};
  token_.offset = offset_;
  ReadName(true);
}

void Lexer::SkipSpace() {
  while (!exhausted() && IsSpace(text_[offset_])) ++offset_;
}

void Lexer::ReadName(bool member) {
  std::size_t begin = offset_;
  while (!exhausted()) {
    char c = text_[offset_];
    bool dash = member && c == '-' && offset_ > begin && offset_ + 1 < text_.size() &&
                (IsLetter(text_[offset_ + 1]) || IsDigit(text_[offset_ + 1]));
    if (!IsLetter(c) && !IsDigit(c) && !dash) break;
    ++offset_;
  }
  token_.kind = Token::kName;
  token_.text = text_.substr(begin, offset_ - begin);
}

void Lexer::ReadNumber() {
  std::size_t begin = offset_;
  auto digits = [&] {
    while (!exhausted() && IsDigit(text_[offset_])) ++offset_;
  };
  digits();
  bool whole = true;
  if (offset_ + 1 < text_.size() && text_[offset_] == '.' && IsDigit(text_[offset_ + 1])) {
    whole = false;
    ++offset_;
    digits();
  }
  if (!exhausted() && IsLetter(text_[offset_]))
    return Fail(offset_, "a number is digits with at most one dot");
  std::string_view digits_text = text_.substr(begin, offset_ - begin);
  const char* end = digits_text.data() + digits_text.size();
  std::int64_t integer = 0;
  double real = 0;
  token_.kind = Token::kNumber;
  if (whole && std::from_chars(digits_text.data(), end, integer).ec == std::errc())
    token_.number = integer;
  else if (std::from_chars(digits_text.data(), end, real).ec == std::errc())
    token_.number = real;
  else
    Fail(begin, "the number is too large");
}

void Lexer::ReadString(char quote) {
  std::size_t begin = offset_++;
  token_.kind = Token::kString;
  while (!exhausted() && text_[offset_] != quote) {
    char c = text_[offset_++];
    if (c != '\\')
      token_.text += c;
    else if (!ReadEscape())
      return;
  }
  if (exhausted()) return Fail(begin, std::string("the text that starts here lacks its closing ") + quote);
  ++offset_;
}

// Behind a backslash. False: the error is told.
bool Lexer::ReadEscape() {
  if (exhausted()) return true;  // the closing quote is missing, too
  char escaped = text_[offset_++];
  switch (escaped) {
    case 'n':
      token_.text += '\n';
      return true;
    case 't':
      token_.text += '\t';
      return true;
    case 'r':
      token_.text += '\r';
      return true;
    case '\\':
    case '\'':
    case '"':
      token_.text += escaped;
      return true;
    default:
      Fail(offset_ - 2, R"(after a backslash only \\ \' \" n t r are known)");
      return false;
  }
}

void Lexer::ReadSign() {
  for (std::string_view sign : kSigns) {
    if (!text_.substr(offset_).starts_with(sign)) continue;
    token_.kind = Token::kSign;
    token_.text = sign;
    offset_ += sign.size();
    return;
  }
  char c = text_[offset_];
  bool printable = c >= ' ' && c < 127;
  Fail(offset_, (printable ? "'" + std::string(1, c) + "'" : "a character that") + " has no meaning here");
}

bool Lexer::Take(std::string_view sign) {
  if (!AtSign(sign)) return false;
  Next();
  return true;
}

bool Lexer::Expect(std::string_view sign) {
  if (Take(sign)) return true;
  Fail(token_.offset, "expected '" + std::string(sign) + "' but found " + Seen());
  return false;
}

std::string Lexer::Seen() const {
  switch (token_.kind) {
    case Token::kEnd:
      return exhausted() ? "the end" : "'" + std::string(closer_) + "'";
    case Token::kName:
      return "'" + HeadAndTail(token_.text, 60) + "'";
    case Token::kNumber:
      return "the number " + Dump(token_.number);
    case Token::kString:
      return "a text";
    case Token::kSign:
      return "'" + token_.text + "'";
  }
  return "";
}

void Lexer::Fail(std::size_t offset, std::string message) {
  if (!error_) error_ = SyntaxError{PlaceOf(offset), std::move(message)};
  token_.kind = Token::kEnd;
}

Place Lexer::PlaceOf(std::size_t offset) {
  if (offset < counted_.offset) counted_ = start_;
  counted_.MoveTo(text_, offset);
  return counted_.ToPlace(at_);
}

}  // namespace mamc::workflow
