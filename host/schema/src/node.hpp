// A compiled schema: one node per sub-schema. Made by compile.cpp, read by validate.cpp and schema.cpp;
// immutable afterwards.
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
  Json document;       // of the root only: what Compile was given
  bool never = false;  // the schema `false`
  bool secret = false;
  unsigned types = 0;  // TypeBits, 0 allows all

  std::map<std::string, NodePtr, std::less<>> properties;
  std::vector<std::string> property_names;
  std::vector<std::string> required;
  NodePtr additional;  // null: any other member is allowed
  NodePtr items;

  std::optional<Json> allowed;  // the list of `enum`
  std::optional<Json> constant;
  std::optional<Json> default_value;
  std::optional<Json> minimum, maximum, exclusive_minimum, exclusive_maximum;
  std::optional<std::size_t> min_length, max_length, min_items, max_items;
  std::shared_ptr<const RE2> pattern;
  bool unique_items = false;

  std::vector<NodePtr> one_of, any_of;
};

}  // namespace mamc::schema
