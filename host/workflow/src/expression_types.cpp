#include "expression_types.hpp"

namespace mamc::workflow {
namespace {

std::string NameOf(Type type) {
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

bool MayBe(Type known, Type wanted) {
  return known == wanted || known == Type::kAny;
}

bool MayBeSame(Type left, Type right) {
  return left == right || left == Type::kAny || right == Type::kAny;
}

std::string EqualityProblem(Type left, Type right) {
  if (MayBeSame(left, right) || left == Type::kNull || right == Type::kNull) return {};
  return "compares " + NameOf(left) + " with " + NameOf(right) + ", which are never equal";
}

std::string OrderProblem(Type left, Type right) {
  auto ordered = [](Type type) { return MayBe(type, Type::kNumber) || type == Type::kString; };
  if (ordered(left) && ordered(right) && MayBeSame(left, right)) return {};
  return "numbers compare with numbers and texts with texts; here stand " + NameOf(left) + " and " +
         NameOf(right);
}

std::string SumProblem(Type left, Type right) {
  if (left == Type::kString || right == Type::kString) return {};
  if (MayBe(left, Type::kNumber) && MayBe(right, Type::kNumber)) return {};
  return "'+' adds numbers or joins texts; here stand " + NameOf(left) + " and " + NameOf(right);
}

Type SumType(Type left, Type right) {
  if (left == Type::kString || right == Type::kString) return Type::kString;
  return left == Type::kNumber && right == Type::kNumber ? Type::kNumber : Type::kAny;
}

}  // namespace

std::string TypeProblem(const Ast& node) {
  auto type = [&](std::size_t kid) { return node.kids[kid]->type; };
  switch (node.op) {
    case Op::kNegate:
      return MayBe(type(0), Type::kNumber) ? "" : "'-' needs a number, not " + NameOf(type(0));
    case Op::kEqual:
    case Op::kUnequal:
      return EqualityProblem(type(0), type(1));
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return OrderProblem(type(0), type(1));
    case Op::kAdd:
      return SumProblem(type(0), type(1));
    case Op::kMember:
      return type(0) == Type::kAny ? "" : NameOf(type(0)) + " has no members";
    case Op::kLength:
    case Op::kIncludes:
    case Op::kIndex:
      return MayBe(type(0), Type::kString) ? "" : NameOf(type(0)) + " has no members";
    default:
      return {};
  }
}

Type TypeOf(const Ast& node) {
  auto type = [&](std::size_t kid) { return node.kids[kid]->type; };
  switch (node.op) {
    case Op::kNot:
    case Op::kIncludes:
    case Op::kEqual:
    case Op::kUnequal:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return Type::kBoolean;
    case Op::kNegate:
      return Type::kNumber;
    case Op::kAdd:
      return SumType(type(0), type(1));
    case Op::kAnd:
    case Op::kOr:
      return type(0) == type(1) ? type(0) : Type::kAny;
    case Op::kChoose:
      return type(1) == type(2) ? type(1) : Type::kAny;
    default:
      return Type::kAny;
  }
}

}  // namespace mamc::workflow
