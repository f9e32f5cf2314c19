// A compiled schema: one node per sub-schema. Made by compile.cpp, read by validate.cpp and schema.cpp;
// immutable afterwards. What a node points to lies in the document that its Schema owns.
#pragma once
#include <re2/re2.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mamc/schema/schema.hpp"

namespace mamc::schema {

// Bits of `Schema::Node::types`.
enum TypeBit : unsigned {
  kNull = 1,
  kBoolean = 2,
  kInteger = 4,
  kNumber = 8,
  kString = 16,
  kArray = 32,
  kObject = 64,
};
inline constexpr std::pair<std::string_view, TypeBit> kTypeNames[] = {
    {"null", kNull},     {"boolean", kBoolean}, {"integer", kInteger}, {"number", kNumber},
    {"string", kString}, {"array", kArray},     {"object", kObject},
};

using NodePtr = std::shared_ptr<const Schema::Node>;

struct Schema::Node {
  bool never = false;  // the schema `false`
  bool secret = false;
  unsigned types = 0;  // TypeBits, 0 allows all

  std::map<std::string, NodePtr, std::less<>> properties;
  std::vector<std::string> required;
  NodePtr additional;  // null: any other member is allowed
  NodePtr items;

  // Null where the schema has no such keyword.
  const Json* allowed = nullptr;  // the list of `enum`
  const Json* constant = nullptr;
  const Json* default_value = nullptr;
  const Json* title = nullptr;
  const Json *minimum = nullptr, *maximum = nullptr;
  const Json *exclusive_minimum = nullptr, *exclusive_maximum = nullptr;
  std::optional<std::size_t> min_length, max_length, min_items, max_items;
  std::shared_ptr<const RE2> pattern;
  bool unique_items = false;

  std::vector<NodePtr> one_of, any_of;

  std::vector<std::string> PropertyNames() const;
};

}  // namespace mamc::schema
