// Implementation: one walk over value and schema. Without references in the language the work is bounded by
// the size of the schema times the size of the value.
#include <cmath>
#include <unordered_set>

#include "mamc/base/text.hpp"
#include "validator.hpp"

namespace mamc::schema {
namespace {

constexpr std::size_t kMaxViolations = 100;
constexpr std::size_t kMaxGuessed = 64;

// Wide enough for every 64-bit integer and every double, so that mixed numbers compare exactly.
long double Wide(const Json& number) {
  if (number.is_number_unsigned()) return number.get<std::uint64_t>();
  if (number.is_number_integer()) return number.get<std::int64_t>();
  return number.get<double>();
}

bool IsWhole(const Json& number) {
  return !number.is_number_float() || Wide(number) == std::floor(Wide(number));
}

unsigned TypeOf(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return kNull;
    case Json::value_t::boolean:
      return kBoolean;
    case Json::value_t::string:
      return kString;
    case Json::value_t::array:
      return kArray;
    case Json::value_t::object:
      return kObject;
    default:
      return IsWhole(value) ? kInteger | kNumber : kNumber;
  }
}

std::string TypeNames(unsigned types) {
  std::string names;
  for (const auto& [name, bit] : kTypeNames)
    if (types & bit) names += (names.empty() ? "" : " or ") + std::string(name);
  return names;
}

std::size_t CodePoints(const std::string& text) {
  std::size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string Counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string Number(const Json& number) {
  return Dump(number);
}

// The same text for values that JSON Schema calls equal: 1 and 1.0 are.
std::string Canonical(const Json& value) {
  if (value.is_number_float() && IsWhole(value) && std::fabs(value.get<double>()) < 9e18)
    return std::to_string(value.get<std::int64_t>());
  if (!value.is_structured()) return Dump(value);
  std::string text = value.is_array() ? "[" : "{";
  for (const auto& [key, member] : value.items()) {
    if (value.is_object()) text += Dump(Json(key)) + ":";
    text += Canonical(member) + ",";
  }
  return text + (value.is_array() ? "]" : "}");
}

}  // namespace

std::string Shown(const Json& value) {
  constexpr std::size_t kMaxShown = 80;  // bytes
  return HeadAndTail(value.is_string() ? value.get<std::string>() : Dump(value), kMaxShown);
}

void Validator::Add(const std::string& pointer, std::string message, Kind kind, std::string key) {
  if (found_.size() < kMaxViolations)
    found_.push_back({pointer, std::move(message), kind, std::move(key)});
  else if (found_.size() == kMaxViolations)
    found_.push_back({"", "has more problems than are listed here", kind, {}});
}

bool Validator::full() const {
  return found_.size() > kMaxViolations;
}

bool Validator::IsKnown(const std::string& pointer) {
  if (!unknown_.contains(pointer)) return true;
  uncertain_ = true;
  return false;
}

bool Validator::IsWhollyKnown(const std::string& pointer) {
  auto below = unknown_.lower_bound(pointer + "/");
  if (below == unknown_.end() || !below->starts_with(pointer + "/")) return true;
  uncertain_ = true;
  return false;
}

void Validator::Check(const Schema::Node& node, const Json& value, const std::string& pointer) {
  if (full()) return;
  if (node.never) return Add(pointer, "is not allowed", Kind::kForbidden);
  if (!IsKnown(pointer)) return;
  const std::size_t before = found_.size();
  if (node.types && !(node.types & TypeOf(value))) {
    std::string found = value.is_number() ? "number" : TypeNames(TypeOf(value));
    std::string shown =
        node.secret || value.is_structured() || value.is_null() ? "" : " '" + Shown(value) + "'";
    return Add(pointer, "must be " + TypeNames(node.types) + ", not " + found + shown, Kind::kChoice);
  }
  CheckAllowed(node, value, pointer);
  if (value.is_number()) CheckNumber(node, value, pointer);
  if (value.is_string()) CheckString(node, value.get_ref<const std::string&>(), pointer);
  if (value.is_array()) CheckArray(node, value, pointer);
  if (value.is_object()) CheckObject(node, value, pointer);
  const bool good_so_far = found_.size() == before;
  CheckAlternatives(node, value, pointer, good_so_far);
}

void Validator::CheckAllowed(const Schema::Node& node, const Json& value, const std::string& pointer) {
  if ((!node.constant && !node.allowed) || !IsWhollyKnown(pointer)) return;
  if (node.constant && value != *node.constant)
    Add(pointer, "must be " + Shown(*node.constant), Kind::kChoice);
  if (!node.allowed) return;
  std::vector<std::string> words;
  std::string list;
  for (const Json& allowed : *node.allowed) {
    if (value == allowed) return;
    if (allowed.is_string()) words.push_back(allowed.get<std::string>());
    list += (list.empty() ? "" : ", ") + Shown(allowed);
  }
  std::string guess;
  if (value.is_string() && !node.secret && value.get_ref<const std::string&>().size() <= kMaxGuessed)
    guess = DidYouMean(value.get_ref<const std::string&>(), words);
  Add(pointer, "must be one of: " + list + guess, Kind::kChoice);
}

void Validator::CheckNumber(const Schema::Node& node, const Json& value, const std::string& pointer) {
  long double number = Wide(value);
  if (node.minimum && number < Wide(*node.minimum)) Add(pointer, "must be at least " + Number(*node.minimum));
  if (node.maximum && number > Wide(*node.maximum)) Add(pointer, "must be at most " + Number(*node.maximum));
  if (node.exclusive_minimum && number <= Wide(*node.exclusive_minimum))
    Add(pointer, "must be more than " + Number(*node.exclusive_minimum));
  if (node.exclusive_maximum && number >= Wide(*node.exclusive_maximum))
    Add(pointer, "must be less than " + Number(*node.exclusive_maximum));
}

void Validator::CheckString(const Schema::Node& node, const std::string& text, const std::string& pointer) {
  if (node.min_length || node.max_length) {
    std::size_t length = CodePoints(text);
    if (node.min_length && length < *node.min_length)
      Add(pointer, *node.min_length == 1 ? "must not be empty"
                                         : "must have at least " + Counted(*node.min_length, "character"));
    if (node.max_length && length > *node.max_length)
      Add(pointer, "must have at most " + Counted(*node.max_length, "character"));
  }
  if (!node.pattern || RE2::PartialMatch(text, *node.pattern)) return;
  if (!node.title) return Add(pointer, "must match the pattern " + node.pattern->pattern());
  Add(pointer, "must be " + Shown(*node.title) + (node.secret ? "" : ", not '" + Shown(text) + "'"));
}

void Validator::CheckArray(const Schema::Node& node, const Json& value, const std::string& pointer) {
  if (node.min_items && value.size() < *node.min_items)
    Add(pointer, "must have at least " + Counted(*node.min_items, "item"));
  if (node.max_items && value.size() > *node.max_items)
    Add(pointer, "must have at most " + Counted(*node.max_items, "item"));
  if (node.unique_items && IsWhollyKnown(pointer)) {
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < value.size(); ++i)
      if (!seen.insert(Canonical(value[i])).second)
        Add(JoinPointer(pointer, std::to_string(i)), "is there twice");
  }
  if (!node.items) return;
  for (std::size_t i = 0; i < value.size() && !full(); ++i)
    Check(*node.items, value[i], JoinPointer(pointer, std::to_string(i)));
}

void Validator::CheckObject(const Schema::Node& node, const Json& value, const std::string& pointer) {
  for (const std::string& name : node.required)
    if (!value.contains(name)) Add(pointer, "lacks the required key '" + name + "'", Kind::kMissing, name);
  for (const auto& [name, member] : value.items()) {
    if (full()) return;
    auto property = node.properties.find(name);
    if (property != node.properties.end()) {
      Check(*property->second, member, JoinPointer(pointer, name));
    } else if (node.additional && node.additional->never) {
      std::string guess = name.size() <= kMaxGuessed ? DidYouMean(name, node.PropertyNames()) : "";
      Add(JoinPointer(pointer, name), "is an unknown key" + guess, Kind::kUnknown);
    } else if (node.additional) {
      Check(*node.additional, member, JoinPointer(pointer, name));
    }
  }
}

std::vector<Violation> Schema::Validate(const Json& value, const Unknown& unknown) const {
  Validator validator(unknown);
  validator.Check(*root_, value, "");
  return validator.Take();
}

}  // namespace mamc::schema
