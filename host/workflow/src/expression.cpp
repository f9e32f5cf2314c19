#include "mamc/workflow/expression.hpp"

#include <cmath>

#include "ast.hpp"
#include "expression_parser.hpp"
#include "mamc/base/text.hpp"

namespace mamc::workflow {
namespace {

Json Evaluated(const Ast& node, const Scope& scope);

Json Length(const Json& value) {
  if (value.is_string()) return static_cast<std::int64_t>(CodePoints(value.get_ref<const std::string&>()));
  if (value.is_array()) return static_cast<std::int64_t>(value.size());
  return GetMember(value, "length");
}

bool Includes(const Json& value, const Json& wanted) {
  if (value.is_string() && wanted.is_string())
    return value.get_ref<const std::string&>().find(wanted.get_ref<const std::string&>()) !=
           std::string::npos;
  if (!value.is_array()) return false;
  return std::find(value.begin(), value.end(), wanted) != value.end();
}

Json At(const Json& value, const Json& index) {
  if (index.is_string()) return GetMember(value, index.get_ref<const std::string&>());
  if (!index.is_number() || !value.is_array()) return nullptr;
  double position = index.get<double>();
  if (!(position >= 0) || position >= static_cast<double>(value.size())) return nullptr;
  auto whole = static_cast<std::size_t>(position);
  return static_cast<double>(whole) == position ? value[whole] : Json();
}

Json Sum(const Json& left, const Json& right) {
  if (left.is_string() || right.is_string()) {
    std::string text;
    AppendText(left, text);
    AppendText(right, text);
    return text;
  }
  if (!left.is_number() || !right.is_number()) return nullptr;
  std::int64_t sum = 0;
  // A number read from JSON may be unsigned; it fits in a signed one unless it is huge.
  auto whole = [](const Json& n) {
    return n.is_number_integer() && (!n.is_number_unsigned() || n.get<std::uint64_t>() <= INT64_MAX);
  };
  if (whole(left) && whole(right) &&
      !__builtin_add_overflow(left.get<std::int64_t>(), right.get<std::int64_t>(), &sum))
    return sum;
  double real = left.get<double>() + right.get<double>();
  return std::isfinite(real) ? Json(real) : Json();
}

// Below, equal or above zero; nothing when the two have no order.
std::optional<int> Order(const Json& left, const Json& right) {
  if (left.is_number() && right.is_number()) return left < right ? -1 : left == right ? 0 : 1;
  if (left.is_string() && right.is_string())
    return left.get_ref<const std::string&>().compare(right.get_ref<const std::string&>());
  return std::nullopt;
}

Json Compared(Op op, const Json& left, const Json& right) {
  std::optional<int> order = Order(left, right);
  if (!order) return false;
  switch (op) {
    case Op::kLess:
      return *order < 0;
    case Op::kLessEqual:
      return *order <= 0;
    case Op::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

Json Negated(const Json& value) {
  bool fits = !value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX;
  if (value.is_number_integer() && fits && value.get<std::int64_t>() != INT64_MIN)
    return -value.get<std::int64_t>();
  return value.is_number() ? Json(-value.get<double>()) : Json();
}

Json Evaluated(const Ast& node, const Scope& scope) {
  auto kid = [&](std::size_t index) { return Evaluated(*node.kids[index], scope); };
  switch (node.op) {
    case Op::kLiteral:
      return node.value;
    case Op::kReference:
      return scope.Lookup(node.reference.root, node.reference.path);
    case Op::kMember:
      return GetMember(kid(0), node.name);
    case Op::kIndex:
      return At(kid(0), kid(1));
    case Op::kLength:
      return Length(kid(0));
    case Op::kIncludes:
      return Includes(kid(0), kid(1));
    case Op::kNot:
      return !Expression::Truthy(kid(0));
    case Op::kNegate:
      return Negated(kid(0));
    case Op::kAnd: {
      Json left = kid(0);
      return Expression::Truthy(left) ? kid(1) : left;
    }
    case Op::kOr: {
      Json left = kid(0);
      return Expression::Truthy(left) ? left : kid(1);
    }
    case Op::kEqual:
      return kid(0) == kid(1);
    case Op::kUnequal:
      return kid(0) != kid(1);
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return Compared(node.op, kid(0), kid(1));
    case Op::kAdd:
      return Sum(kid(0), kid(1));
    case Op::kChoose:
      return kid(Expression::Truthy(kid(0)) ? 1 : 2);
  }
  return nullptr;
}

void Collect(const Ast& node, std::vector<Expression::Reference>& references) {
  if (node.op == Op::kReference) references.push_back(node.reference);
  for (const auto& kid : node.kids) Collect(*kid, references);
}

}  // namespace

std::string Place::ToString() const {
  std::string text = file;
  if (line > 0) text += (text.empty() ? "" : ":") + std::to_string(line) + ":" + std::to_string(col);
  return text;
}

void AppendText(const Json& value, std::string& text) {
  if (value.is_string())
    text += value.get_ref<const std::string&>();
  else if (!value.is_null())
    text += Dump(value);
}

Result<Expression> Expression::Parse(std::string_view text, const Place& at) {
  Cursor cursor;
  auto parsed = ParseExpression(text, cursor, "", at);
  if (auto* error = std::get_if<SyntaxError>(&parsed))
    return Invalid(error->place.ToString() + ": " + error->message);
  return std::get<Expression>(parsed);
}

Json Expression::Evaluate(const Scope& scope) const {
  return Evaluated(*root_->root, scope);
}

bool Expression::Truthy(const Json& value) {
  if (value.is_null()) return false;
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return true;
}

std::vector<Expression::Reference> Expression::References() const {
  std::vector<Reference> references;
  Collect(*root_->root, references);
  return references;
}

const std::string& Expression::text() const {
  return root_->text;
}

}  // namespace mamc::workflow
