// Implementation: precedence climbing over the lexer. Depth is bounded by the height of the tree, which every
// node knows, so that neither nested brackets nor a long chain of operators can exhaust the stack.
#include "expression_parser.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "ast.hpp"
#include "expression_types.hpp"
#include "lexer.hpp"
#include "mamc/base/text.hpp"

namespace mamc::workflow {
namespace {

using AstPtr = std::unique_ptr<Ast>;

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

const Operator* OperatorOf(const Token& token) {
  if (token.kind != Token::kSign) return nullptr;
  for (const Operator& known : kOperators)
    if (known.sign == token.text) return &known;
  return nullptr;
}

// After an error every token is the end: what is being read comes back at once and is thrown away by Whole.
class Parser {
 public:
  Parser(Lexer& lexer, std::string_view closer) : lexer_(lexer), closer_(closer) {}

  AstPtr Whole();

 private:
  AstPtr Ternary();
  AstPtr Binary(int min_precedence);
  AstPtr Unary();
  AstPtr Postfix();
  AstPtr Primary();
  AstPtr Value();
  AstPtr Member(AstPtr object);
  AstPtr Call(AstPtr object, const std::string& name, std::size_t offset);
  AstPtr Index(AstPtr object);

  template <typename... Kids>
  AstPtr Make(Op op, std::size_t offset, Kids... kids);
  AstPtr Checked(AstPtr node, std::size_t offset);
  AstPtr Fail(std::size_t offset, std::string message);
  AstPtr FailTooDeep(std::size_t offset);

  Lexer& lexer_;
  const std::string_view closer_;
  int depth_ = 0;
};

AstPtr Parser::Whole() {
  lexer_.Next();
  const Token& token = lexer_.token();
  if (token.kind == Token::kEnd && !lexer_.failed())
    return Fail(token.offset, "an expression is missing here");
  AstPtr root = Ternary();
  if (lexer_.failed()) return nullptr;
  if (lexer_.AtSign("-")) return Fail(token.offset, "'-' is known only before a number");
  if (token.kind != Token::kEnd)
    return Fail(token.offset, "expected an operator or the end but found " + lexer_.Seen());
  if (!closer_.empty() && lexer_.exhausted())
    return Fail(token.offset, "the template lacks its closing " + std::string(closer_));
  return root;
}

AstPtr Parser::Ternary() {
  std::size_t offset = lexer_.token().offset;
  if (depth_ >= kMaxExpressionDepth) return FailTooDeep(offset);
  ++depth_;
  AstPtr node = Binary(1);
  if (lexer_.Take("?")) {
    AstPtr yes = Ternary();
    AstPtr no = lexer_.Expect(":") ? Ternary() : nullptr;
    node = Make(Op::kChoose, offset, std::move(node), std::move(yes), std::move(no));
  }
  --depth_;
  return node;
}

AstPtr Parser::Binary(int min_precedence) {
  AstPtr left = Unary();
  for (;;) {
    const Operator* found = OperatorOf(lexer_.token());
    if (!found || found->precedence < min_precedence) return left;
    std::size_t offset = lexer_.token().offset;
    lexer_.Next();
    AstPtr right = Binary(found->precedence + 1);
    left = Make(found->op, offset, std::move(left), std::move(right));
  }
}

// No recursion: a row of prefixes can be as long as the text.
AstPtr Parser::Unary() {
  std::vector<std::pair<Op, std::size_t>> prefixes;
  while (lexer_.AtSign("!") || lexer_.AtSign("-")) {
    prefixes.emplace_back(lexer_.AtSign("!") ? Op::kNot : Op::kNegate, lexer_.token().offset);
    lexer_.Next();
  }
  AstPtr node = Postfix();
  for (auto it = prefixes.rbegin(); it != prefixes.rend(); ++it)
    node = Make(it->first, it->second, std::move(node));
  return node;
}

AstPtr Parser::Postfix() {
  AstPtr node = Primary();
  for (;;) {
    if (lexer_.AtSign("."))
      node = Member(std::move(node));
    else if (lexer_.AtSign("["))
      node = Index(std::move(node));
    else
      return node;
  }
}

AstPtr Parser::Primary() {
  if (lexer_.Take("(")) {
    AstPtr node = Ternary();
    return lexer_.Expect(")") ? std::move(node) : nullptr;
  }
  std::size_t offset = lexer_.token().offset;
  AstPtr node = Value();
  if (node) lexer_.Next();
  if (node && node->op == Op::kReference && lexer_.AtSign("("))
    return Fail(offset, "there is no function '" + HeadAndTail(node->reference.root, 60) + "'");
  return node;
}

AstPtr Parser::Value() {
  const Token& token = lexer_.token();
  auto node = std::make_unique<Ast>();
  switch (token.kind) {
    case Token::kNumber:
      node->type = Type::kNumber;
      node->value = token.number;
      return node;
    case Token::kString:
      node->type = Type::kString;
      node->value = token.text;
      return node;
    case Token::kName:
      if (token.text == "true" || token.text == "false") {
        node->type = Type::kBoolean;
        node->value = token.text == "true";
      } else if (token.text == "null" || token.text == "undefined") {
        node->type = Type::kNull;
      } else {
        node->op = Op::kReference;
        node->reference.root = token.text;
        node->reference.place = lexer_.PlaceOf(token.offset);
      }
      return node;
    default:
      return Fail(token.offset, "expected a value but found " + lexer_.Seen());
  }
}

// Behind the dot: a member, `length`, `includes(x)`, and `context.state.get('k')`, which is state.k.
AstPtr Parser::Member(AstPtr object) {
  lexer_.NextMember();
  std::size_t offset = lexer_.token().offset;
  std::string name = lexer_.token().text;
  if (name.empty()) return Fail(offset, "expected a name behind the dot");
  lexer_.Next();
  if (lexer_.AtSign("(")) return Call(std::move(object), name, offset);
  if (name == "length") return Make(Op::kLength, offset, std::move(object));
  if (object->op == Op::kReference) {
    Expression::Reference& reference = object->reference;
    if (reference.root == "context" && reference.path.empty() && name == "state")
      reference.root = "state";
    else
      reference.path.push_back(std::move(name));
    return object;
  }
  AstPtr node = Make(Op::kMember, offset, std::move(object));
  if (node) node->name = std::move(name);
  return node;
}

AstPtr Parser::Call(AstPtr object, const std::string& name, std::size_t offset) {
  bool get = name == "get" && object->op == Op::kReference && object->reference.root == "state" &&
             object->reference.path.empty();
  if (name != "includes" && !get)
    return Fail(offset, "there is no method '" + HeadAndTail(name, 60) +
                            "'; known are .includes(x) and context.state.get('key')");
  lexer_.Next();
  AstPtr argument = Ternary();
  if (!lexer_.Expect(")")) return nullptr;
  if (!get) return Make(Op::kIncludes, offset, std::move(object), std::move(argument));
  if (argument->op != Op::kLiteral || !argument->value.is_string())
    return Fail(offset, "context.state.get() takes the key as a text in quotes");
  object->reference.path.push_back(argument->value.get<std::string>());
  return object;
}

AstPtr Parser::Index(AstPtr object) {
  std::size_t offset = lexer_.token().offset;
  lexer_.Next();
  AstPtr index = Ternary();
  if (!lexer_.Expect("]")) return nullptr;
  bool text = index->op == Op::kLiteral && index->value.is_string();
  if (!text || object->op != Op::kReference)
    return Make(Op::kIndex, offset, std::move(object), std::move(index));
  object->reference.path.push_back(index->value.get<std::string>());
  return object;
}

template <typename... Kids>
AstPtr Parser::Make(Op op, std::size_t offset, Kids... kids) {
  if (lexer_.failed()) return nullptr;
  auto node = std::make_unique<Ast>();
  node->op = op;
  (node->kids.push_back(std::move(kids)), ...);
  return Checked(std::move(node), offset);
}

AstPtr Parser::Checked(AstPtr node, std::size_t offset) {
  for (const AstPtr& kid : node->kids) node->height = std::max(node->height, kid->height + 1);
  if (node->height > kMaxExpressionDepth) return FailTooDeep(offset);
  if (std::string problem = TypeProblem(*node); !problem.empty()) return Fail(offset, std::move(problem));
  node->type = TypeOf(*node);
  return node;
}

AstPtr Parser::Fail(std::size_t offset, std::string message) {
  lexer_.Fail(offset, std::move(message));
  return nullptr;
}

AstPtr Parser::FailTooDeep(std::size_t offset) {
  return Fail(offset, "nested deeper than " + std::to_string(kMaxExpressionDepth) + " levels");
}

}  // namespace

std::variant<Expression, SyntaxError> ParseExpression(std::string_view text, Cursor& cursor,
                                                      std::string_view closer, const Place& at) {
  Lexer lexer(text, cursor, closer, at);
  AstPtr root = Parser(lexer, closer).Whole();
  if (!root) return lexer.TakeError();
  std::size_t end = lexer.token().offset;
  auto node = std::make_shared<Expression::Node>();
  node->root = std::move(root);
  node->text = text.substr(cursor.offset, end - cursor.offset);
  while (!node->text.empty() && IsSpace(node->text.back())) node->text.pop_back();
  cursor.MoveTo(text, end);
  return Expression(std::move(node));
}

}  // namespace mamc::workflow
