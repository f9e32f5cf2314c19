// The tree of a parsed expression. Made by expression_parser.cpp, evaluated by expression.cpp; immutable
// afterwards.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mamc/workflow/expression.hpp"

namespace mamc::workflow {

// Bounds for hostile input: neither the parser nor the evaluator recurses deeper than the tree is high.
inline constexpr std::size_t kMaxExpressionBytes = 16 * 1024;
inline constexpr int kMaxExpressionDepth = 120;

enum class Op {
  kLiteral,    // value
  kReference,  // reference
  kMember,     // kids[0] . name
  kIndex,      // kids[0] [ kids[1] ]
  kLength,     // kids[0] . length
  kIncludes,   // kids[0] . includes( kids[1] )
  kNot,
  kNegate,
  kAnd,
  kOr,
  kEqual,
  kUnequal,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kChoose,  // kids[0] ? kids[1] : kids[2]
};

// What is known of a value before it is computed.
enum class Type { kAny, kNull, kBoolean, kNumber, kString };

struct Ast {
  Op op = Op::kLiteral;
  Type type = Type::kAny;
  int height = 1;
  Json value;
  std::string name;
  Expression::Reference reference;
  std::vector<std::unique_ptr<Ast>> kids;
};

struct Expression::Node {
  std::unique_ptr<Ast> root;
  std::string text;
};

struct SyntaxError {
  Place place;
  std::string message;
};

// A place in a text that is read forwards: where its line began is remembered, so that a long text is counted
// once.
struct Cursor {
  std::size_t offset = 0;
  std::size_t line_start = 0;
  int lines = 0;  // before this one
  void MoveTo(std::string_view text, std::size_t to);
  // When text[0] is at `at`. A later line starts in the same column, as in a YAML block.
  Place ToPlace(const Place& at) const;
};

// Reads one expression from `text` at the cursor, which is afterwards behind it and behind white space.
// `closer` is what must follow ("}", "}}"), or empty when the expression reaches to the end. `at` is the
// place of text[0].
std::variant<Expression, SyntaxError> ParseExpression(std::string_view text, Cursor& cursor,
                                                      std::string_view closer, const Place& at);

// A value inside a longer text: strings as they are, null as nothing, lists and objects as JSON.
void AppendText(const Json& value, std::string& text);

}  // namespace mamc::workflow
