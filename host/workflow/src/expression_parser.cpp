// Implementation: precedence climbing over a lexer that makes one token at a time. Depth is bounded by the
// height of the tree, which every node knows, so that neither nested brackets nor a long chain of operators
// can exhaust the stack.
#include <charconv>

#include "ast.hpp"
#include "mamc/base/text.hpp"

namespace mamc::workflow {
namespace {

using AstPtr = std::unique_ptr<Ast>;

struct Token {
  enum Kind { kEnd, kName, kNumber, kString, kSign } kind = kEnd;
  std::string text;  // of a name, sign or string (unescaped)
  Json number;
  std::size_t offset = 0;
};

struct Operator {
  std::string_view sign;
  int precedence;
  Op op;
};
constexpr Operator kOperators[] = {
    {"||", 1, Op::kOr},    {"&&", 2, Op::kAnd},     {"===", 3, Op::kEqual},    {"!==", 3, Op::kUnequal},
    {"==", 3, Op::kEqual}, {"!=", 3, Op::kUnequal}, {"<=", 4, Op::kLessEqual}, {">=", 4, Op::kGreaterEqual},
    {"<", 4, Op::kLess},   {">", 4, Op::kGreater},  {"+", 5, Op::kAdd},
};
constexpr std::string_view kSigns[] = {"===", "!==", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+",
                                       "-",   "!",   "?",  ":",  ".",  ",",  "(",  ")",  "[", "]"};

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Parser {
 public:
  Parser(std::string_view text, const Cursor& start, std::string_view closer, const Place& at)
      : text_(text), offset_(start.offset), start_(start), closer_(closer), at_(at) {}

  AstPtr Whole();
  std::size_t offset() const { return token_.offset; }
  SyntaxError TakeError() { return std::move(*error_); }

 private:
  // Reading tokens.
  void Next();
  void ReadName(bool member);
  void ReadNumber();
  void ReadString(char quote);
  bool AtSign(std::string_view sign) const { return token_.kind == Token::kSign && token_.text == sign; }
  bool Take(std::string_view sign);
  bool Expect(std::string_view sign);
  std::string Seen() const;

  // Reading the grammar.
  AstPtr Ternary();
  AstPtr Binary(int min_precedence);
  AstPtr Unary();
  AstPtr Postfix();
  AstPtr Primary();
  AstPtr Member(AstPtr object);
  AstPtr Call(AstPtr object, const std::string& name, std::size_t offset);
  AstPtr Index(AstPtr object);

  AstPtr Make(Op op, std::vector<AstPtr> kids, std::size_t offset);
  bool CheckTypes(const Ast& node, std::size_t offset);
  AstPtr Fail(std::size_t offset, std::string message);
  bool failed() const { return error_.has_value(); }
  Place PlaceOf(std::size_t offset) const {
    Cursor cursor = start_;
    cursor.MoveTo(text_, offset);
    return cursor.ToPlace(at_);
  }

  std::string_view text_;
  std::size_t offset_;
  Cursor start_;
  std::string_view closer_;
  Place at_;
  Token token_;
  int depth_ = 0;
  std::optional<SyntaxError> error_;
};

AstPtr Parser::Fail(std::size_t offset, std::string message) {
  if (!error_) error_ = SyntaxError{PlaceOf(offset), std::move(message)};
  token_.kind = Token::kEnd;
  return nullptr;
}

// --- tokens

void Parser::Next() {
  while (offset_ < text_.size() && IsSpace(text_[offset_])) ++offset_;
  token_ = Token{};
  token_.offset = offset_;
  if (failed() || offset_ >= text_.size()) return;
  if (!closer_.empty() && text_.substr(offset_).starts_with(closer_)) return;
  if (offset_ - start_.offset > kMaxExpressionBytes) {
    Fail(offset_, "an expression is at most " + std::to_string(kMaxExpressionBytes) + " bytes long");
    return;
  }
  char c = text_[offset_];
  if (IsLetter(c)) return ReadName(false);
  if (IsDigit(c)) return ReadNumber();
  if (c == '\'' || c == '"') return ReadString(c);
  for (std::string_view sign : kSigns) {
    if (!text_.substr(offset_).starts_with(sign)) continue;
    token_.kind = Token::kSign;
    token_.text = sign;
    offset_ += sign.size();
    return;
  }
  std::string shown = c >= ' ' && c < 127 ? std::string(1, c) : "a character that";
  Fail(offset_, c >= ' ' && c < 127 ? "'" + shown + "' has no meaning here" : shown + " has no meaning here");
}

// A member name may hold dashes: the language has no subtraction, and ids of steps and personas have them.
void Parser::ReadName(bool member) {
  std::size_t begin = offset_;
  while (offset_ < text_.size()) {
    char c = text_[offset_];
    bool dash = member && c == '-' && offset_ > begin && offset_ + 1 < text_.size() &&
                (IsLetter(text_[offset_ + 1]) || IsDigit(text_[offset_ + 1]));
    if (!IsLetter(c) && !IsDigit(c) && !dash) break;
    ++offset_;
  }
  token_ = Token{};
  token_.kind = Token::kName;
  token_.text = text_.substr(begin, offset_ - begin);
  token_.offset = begin;
}

void Parser::ReadNumber() {
  std::size_t begin = offset_;
  auto digits = [&] {
    while (offset_ < text_.size() && IsDigit(text_[offset_])) ++offset_;
  };
  digits();
  bool whole = true;
  if (offset_ + 1 < text_.size() && text_[offset_] == '.' && IsDigit(text_[offset_ + 1])) {
    whole = false;
    ++offset_;
    digits();
  }
  if (offset_ < text_.size() && IsLetter(text_[offset_])) {
    Fail(offset_, "a number is digits with at most one dot");
    return;
  }
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

void Parser::ReadString(char quote) {
  std::size_t begin = offset_++;
  token_.kind = Token::kString;
  while (offset_ < text_.size() && text_[offset_] != quote) {
    char c = text_[offset_++];
    if (c != '\\') {
      token_.text += c;
      continue;
    }
    if (offset_ >= text_.size()) break;
    char escaped = text_[offset_++];
    switch (escaped) {
      case 'n':
        token_.text += '\n';
        break;
      case 't':
        token_.text += '\t';
        break;
      case 'r':
        token_.text += '\r';
        break;
      case '\\':
      case '\'':
      case '"':
        token_.text += escaped;
        break;
      default:
        Fail(offset_ - 2, R"(after a backslash only \\ \' \" n t r are known)");
        return;
    }
  }
  if (offset_ >= text_.size()) {
    Fail(begin, std::string("the text that starts here lacks its closing ") + quote);
    return;
  }
  ++offset_;
}

bool Parser::Take(std::string_view sign) {
  if (!AtSign(sign)) return false;
  Next();
  return true;
}

bool Parser::Expect(std::string_view sign) {
  if (Take(sign)) return true;
  Fail(token_.offset, "expected '" + std::string(sign) + "' but found " + Seen());
  return false;
}

std::string Parser::Seen() const {
  switch (token_.kind) {
    case Token::kEnd:
      return offset_ >= text_.size() ? "the end" : "'" + std::string(closer_) + "'";
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

// --- grammar

AstPtr Parser::Whole() {
  Next();
  if (token_.kind == Token::kEnd && !failed()) return Fail(token_.offset, "an expression is missing here");
  AstPtr root = Ternary();
  if (failed()) return nullptr;
  if (token_.kind != Token::kEnd) {
    if (AtSign("-")) return Fail(token_.offset, "'-' is known only before a number");
    return Fail(token_.offset, "expected an operator or the end but found " + Seen());
  }
  if (!closer_.empty() && offset_ >= text_.size())
    return Fail(token_.offset, "the template lacks its closing " + std::string(closer_));
  return root;
}

AstPtr Parser::Ternary() {
  if (depth_ >= kMaxExpressionDepth)
    return Fail(token_.offset, "nested deeper than " + std::to_string(kMaxExpressionDepth) + " levels");
  ++depth_;
  std::size_t offset = token_.offset;
  AstPtr node = Binary(1);
  if (!failed() && Take("?")) {
    AstPtr yes = Ternary();
    if (!failed() && Expect(":")) {
      AstPtr no = Ternary();
      std::vector<AstPtr> kids;
      kids.push_back(std::move(node));
      kids.push_back(std::move(yes));
      kids.push_back(std::move(no));
      node = Make(Op::kChoose, std::move(kids), offset);
    }
  }
  --depth_;
  return node;
}

AstPtr Parser::Binary(int min_precedence) {
  AstPtr left = Unary();
  while (!failed() && token_.kind == Token::kSign) {
    const Operator* found = nullptr;
    for (const Operator& candidate : kOperators)
      if (candidate.sign == token_.text) found = &candidate;
    if (!found || found->precedence < min_precedence) break;
    std::size_t offset = token_.offset;
    Next();
    AstPtr right = Binary(found->precedence + 1);
    std::vector<AstPtr> kids;
    kids.push_back(std::move(left));
    kids.push_back(std::move(right));
    left = Make(found->op, std::move(kids), offset);
  }
  return left;
}

AstPtr Parser::Unary() {
  std::vector<std::pair<Op, std::size_t>> prefixes;
  while (AtSign("!") || AtSign("-")) {
    prefixes.emplace_back(AtSign("!") ? Op::kNot : Op::kNegate, token_.offset);
    Next();
  }
  AstPtr node = Postfix();
  for (auto it = prefixes.rbegin(); it != prefixes.rend() && !failed(); ++it) {
    std::vector<AstPtr> kids;
    kids.push_back(std::move(node));
    node = Make(it->first, std::move(kids), it->second);
  }
  return node;
}

AstPtr Parser::Postfix() {
  AstPtr node = Primary();
  while (!failed()) {
    if (AtSign("."))
      node = Member(std::move(node));
    else if (AtSign("["))
      node = Index(std::move(node));
    else
      break;
  }
  return node;
}

AstPtr Parser::Primary() {
  std::size_t offset = token_.offset;
  if (Take("(")) {
    AstPtr node = Ternary();
    Expect(")");
    return node;
  }
  auto node = std::make_unique<Ast>();
  switch (token_.kind) {
    case Token::kNumber:
      node->type = Type::kNumber;
      node->value = token_.number;
      break;
    case Token::kString:
      node->type = Type::kString;
      node->value = token_.text;
      break;
    case Token::kName:
      if (token_.text == "true" || token_.text == "false") {
        node->type = Type::kBoolean;
        node->value = token_.text == "true";
      } else if (token_.text == "null" || token_.text == "undefined") {
        node->type = Type::kNull;
      } else {
        node->op = Op::kReference;
        node->reference.root = token_.text;
        node->reference.place = PlaceOf(offset);
      }
      break;
    default:
      return Fail(offset, "expected a value but found " + Seen());
  }
  Next();
  if (node->op == Op::kReference && AtSign("("))
    return Fail(offset, "there is no function '" + HeadAndTail(node->reference.root, 60) + "'");
  return node;
}

// Behind the dot: a member, `length`, `includes(x)`, and `context.state.get('k')`, which is state.k.
AstPtr Parser::Member(AstPtr object) {
  while (offset_ < text_.size() && IsSpace(text_[offset_])) ++offset_;
  std::size_t offset = offset_;
  ReadName(true);
  if (token_.text.empty()) return Fail(offset, "expected a name behind the dot");
  std::string name = token_.text;
  Next();
  if (AtSign("(")) return Call(std::move(object), name, offset);
  if (name != "length" && object->op == Op::kReference) {
    Expression::Reference& reference = object->reference;
    if (reference.root == "context" && reference.path.empty() && name == "state")
      reference.root = "state";
    else
      reference.path.push_back(std::move(name));
    return object;
  }
  std::vector<AstPtr> kids;
  kids.push_back(std::move(object));
  AstPtr node = Make(name == "length" ? Op::kLength : Op::kMember, std::move(kids), offset);
  if (node) node->name = std::move(name);
  return node;
}

AstPtr Parser::Call(AstPtr object, const std::string& name, std::size_t offset) {
  bool get = name == "get" && object->op == Op::kReference && object->reference.root == "state" &&
             object->reference.path.empty();
  if (name != "includes" && !get)
    return Fail(offset, "there is no method '" + HeadAndTail(name, 60) +
                            "'; known are .includes(x) and context.state.get('key')");
  Next();
  AstPtr argument = Ternary();
  if (failed() || !Expect(")")) return nullptr;
  if (get) {
    if (argument->op != Op::kLiteral || !argument->value.is_string())
      return Fail(offset, "context.state.get() takes the key as a text in quotes");
    object->reference.path.push_back(argument->value.get<std::string>());
    return object;
  }
  std::vector<AstPtr> kids;
  kids.push_back(std::move(object));
  kids.push_back(std::move(argument));
  return Make(Op::kIncludes, std::move(kids), offset);
}

AstPtr Parser::Index(AstPtr object) {
  std::size_t offset = token_.offset;
  Next();
  AstPtr index = Ternary();
  if (failed() || !Expect("]")) return nullptr;
  bool text = index->op == Op::kLiteral && index->value.is_string();
  if (text && object->op == Op::kReference) {
    object->reference.path.push_back(index->value.get<std::string>());
    return object;
  }
  std::vector<AstPtr> kids;
  kids.push_back(std::move(object));
  kids.push_back(std::move(index));
  return Make(Op::kIndex, std::move(kids), offset);
}

// --- nodes and their types

AstPtr Parser::Make(Op op, std::vector<AstPtr> kids, std::size_t offset) {
  if (failed()) return nullptr;
  auto node = std::make_unique<Ast>();
  node->op = op;
  for (const AstPtr& kid : kids) node->height = std::max(node->height, kid->height + 1);
  node->kids = std::move(kids);
  if (node->height > kMaxExpressionDepth)
    return Fail(offset, "nested deeper than " + std::to_string(kMaxExpressionDepth) + " levels");
  if (!CheckTypes(*node, offset)) return nullptr;
  const auto& kid = node->kids;
  switch (op) {
    case Op::kNot:
    case Op::kIncludes:
    case Op::kEqual:
    case Op::kUnequal:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      node->type = Type::kBoolean;
      break;
    case Op::kNegate:
      node->type = Type::kNumber;
      break;
    case Op::kAdd:
      if (kid[0]->type == Type::kString || kid[1]->type == Type::kString)
        node->type = Type::kString;
      else if (kid[0]->type == Type::kNumber && kid[1]->type == Type::kNumber)
        node->type = Type::kNumber;
      break;
    case Op::kAnd:
    case Op::kOr:
      if (kid[0]->type == kid[1]->type) node->type = kid[0]->type;
      break;
    case Op::kChoose:
      if (kid[1]->type == kid[2]->type) node->type = kid[1]->type;
      break;
    default:
      break;
  }
  return node;
}

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kAny:
      return "anything";
    case Type::kNull:
      return "null";
    case Type::kBoolean:
      return "true or false";
    case Type::kNumber:
      return "a number";
    case Type::kString:
      return "a text";
  }
  return "";
}

// Refuses what can never have a meaning, whatever the values of the names turn out to be.
bool Parser::CheckTypes(const Ast& node, std::size_t offset) {
  auto type = [&](std::size_t kid) { return node.kids[kid]->type; };
  auto refuse = [&](std::string message) {
    Fail(offset, std::move(message));
    return false;
  };
  auto name = [&](std::size_t kid) { return std::string(TypeName(type(kid))); };
  switch (node.op) {
    case Op::kNegate:
      if (type(0) != Type::kNumber && type(0) != Type::kAny)
        return refuse("'-' needs a number, not " + name(0));
      return true;
    case Op::kEqual:
    case Op::kUnequal:
      if (type(0) == type(1) || type(0) == Type::kAny || type(1) == Type::kAny) return true;
      if (type(0) == Type::kNull || type(1) == Type::kNull) return true;
      return refuse("compares " + name(0) + " with " + name(1) + ", which are never equal");
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: {
      auto ordered = [](Type t) { return t == Type::kAny || t == Type::kNumber || t == Type::kString; };
      bool same = type(0) == type(1) || type(0) == Type::kAny || type(1) == Type::kAny;
      if (ordered(type(0)) && ordered(type(1)) && same) return true;
      return refuse("numbers compare with numbers and texts with texts; here stand " + name(0) + " and " +
                    name(1));
    }
    case Op::kAdd: {
      bool text = type(0) == Type::kString || type(1) == Type::kString;
      auto addable = [](Type t) { return t == Type::kAny || t == Type::kNumber; };
      if (text || (addable(type(0)) && addable(type(1)))) return true;
      return refuse("'+' adds numbers or joins texts; here stand " + name(0) + " and " + name(1));
    }
    case Op::kLength:
    case Op::kIncludes:
    case Op::kMember:
    case Op::kIndex:
      if (type(0) == Type::kAny || (type(0) == Type::kString && node.op != Op::kMember)) return true;
      return refuse(name(0) + " has no members");
    default:
      return true;
  }
}

}  // namespace

void Cursor::MoveTo(std::string_view text, std::size_t to) {
  for (; offset < to; ++offset) {
    if (text[offset] != '\n') continue;
    ++lines;
    line_start = offset + 1;
  }
}

Place Cursor::ToPlace(const Place& at) const {
  Place place = at;
  if (place.line == 0) place.line = place.col = 1;
  place.line += lines;
  place.col += static_cast<int>(offset - line_start);
  return place;
}

std::variant<Expression, SyntaxError> ParseExpression(std::string_view text, Cursor& cursor,
                                                      std::string_view closer, const Place& at) {
  Parser parser(text, cursor, closer, at);
  std::unique_ptr<Ast> root = parser.Whole();
  if (!root) return parser.TakeError();
  auto node = std::make_shared<Expression::Node>();
  node->root = std::move(root);
  node->text = text.substr(cursor.offset, parser.offset() - cursor.offset);
  while (!node->text.empty() && IsSpace(node->text.back())) node->text.pop_back();
  cursor.MoveTo(text, parser.offset());
  return Expression(std::move(node));
}

}  // namespace mamc::workflow
