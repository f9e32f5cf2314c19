// anyOf and oneOf. Whoever reads that no alternative fits wants to know what to change: so the alternative
// that was meant is told alone where the value says which (`operation: push`), and where the alternatives are
// keys, which to give and which to leave out.
#include <algorithm>

#include "mamc/base/text.hpp"
#include "validator.hpp"

namespace mamc::schema {
namespace {

constexpr std::size_t kMaxReasons = 1000;  // bytes

using Kind = Violation::Kind;

// One alternative, and what speaks against it.
struct Tried {
  const Schema::Node* node;
  std::vector<Violation> found;
  bool uncertain;

  bool fails() const { return !found.empty(); }
  bool fits() const { return !fails() && !uncertain; }
};

std::vector<Tried> Try(const std::vector<NodePtr>& alternatives, const Json& value,
                       const std::string& pointer, const Unknown& unknown) {
  std::vector<Tried> tried;
  for (const NodePtr& alternative : alternatives) {
    Validator validator(unknown);
    validator.Check(*alternative, value, pointer);
    tried.push_back({alternative.get(), validator.Take(), validator.uncertain()});
  }
  return tried;
}

// "source" of "/source" below "", else empty.
std::string MemberOf(const std::string& pointer, const std::string& below) {
  if (below.size() >= pointer.size()) return {};
  const std::string token = pointer.substr(below.size() + 1);
  return token.find('/') == std::string::npos ? token : std::string();
}

// The value's type, or what one of its members is, chooses another alternative.
bool IsRuledOut(const Tried& tried, const Json& value, const std::string& pointer) {
  return std::any_of(tried.found.begin(), tried.found.end(), [&](const Violation& violation) {
    if (violation.kind != Kind::kChoice) return false;
    return violation.pointer == pointer ||
           (value.is_object() && !MemberOf(violation.pointer, pointer).empty());
  });
}

// The member by which the value chooses this alternative, "" when there is none.
std::string ChoosingMember(const Schema::Node& node, const Json& value) {
  if (!value.is_object()) return {};
  for (const auto& [name, property] : node.properties)
    if ((property->constant || property->allowed) && !property->secret && value.contains(name)) return name;
  return {};
}

std::vector<std::string> ValuesOf(const Schema::Node& node) {
  std::vector<std::string> values;
  if (node.constant) values.push_back(Shown(*node.constant));
  if (node.allowed)
    for (const Json& allowed : *node.allowed) values.push_back(Shown(allowed));
  return values;
}

// Values of `chooser` with which `member` may be there.
std::vector<std::string> ValuesThatAllow(const std::string& member, const std::string& chooser,
                                         const std::vector<Tried>& tried) {
  std::vector<std::string> all;
  for (const Tried& each : tried) {
    auto property = each.node->properties.find(member);
    auto choice = each.node->properties.find(chooser);
    bool allows = property == each.node->properties.end() || !property->second->never;
    if (!allows || choice == each.node->properties.end()) continue;
    for (std::string& value : ValuesOf(*choice->second)) all.push_back("'" + std::move(value) + "'");
  }
  return all;
}

std::string Listed(const std::vector<std::string>& words, const std::string& last) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i)
    list += (i == 0 ? "" : i + 1 == words.size() ? last : ", ") + words[i];
  return list;
}

// What is wrong with the alternative that was meant, and what has to do with its being meant.
std::vector<Violation> ToldOf(const Tried& meant, const std::vector<Tried>& tried, const Json& value,
                              const std::string& pointer) {
  std::vector<Violation> told = meant.found;
  const std::string chooser = ChoosingMember(*meant.node, value);
  if (chooser.empty()) return told;
  const std::string choice = "with " + chooser + " '" + Shown(value.at(chooser)) + "'";
  for (Violation& violation : told) {
    const std::string member = MemberOf(violation.pointer, pointer);
    if (violation.kind == Kind::kMissing && violation.pointer == pointer) {
      violation.message += ", needed " + choice;
    } else if (violation.kind == Kind::kForbidden && !member.empty()) {
      violation.message += " " + choice;
      const std::vector<std::string> others = ValuesThatAllow(member, chooser, tried);
      if (!others.empty()) violation.message += "; it goes with " + Listed(others, " or ");
    }
  }
  return told;
}

// "'status: blocked'" where the schema has but one value for the key.
std::string WithItsValue(const Schema::Node& node, const std::string& key) {
  auto property = node.properties.find(key);
  if (property == node.properties.end()) return "'" + key + "'";
  const std::vector<std::string> values = ValuesOf(*property->second);
  return "'" + key + (values.size() == 1 ? ": " + values[0] : "") + "'";
}

// "must have 'argv' or 'shell'", when each alternative lacks one key or has one too many; else empty.
std::string ByKeys(const std::vector<Tried>& tried, const std::string& pointer) {
  std::vector<std::string> wanted, unwanted;
  for (const Tried& each : tried) {
    if (each.found.size() != 1) return {};
    const Violation& violation = each.found[0];
    const std::string member = MemberOf(violation.pointer, pointer);
    if (violation.kind == Kind::kMissing && violation.pointer == pointer)
      wanted.push_back(WithItsValue(*each.node, violation.key));
    else if (violation.kind == Kind::kForbidden && !member.empty())
      unwanted.push_back("'" + member + "'");
    else
      return {};
  }
  if (wanted.empty() && unwanted.size() > 1)
    return "must not have " + Listed(unwanted, " and ") + " together; leave one out";
  std::string text = wanted.empty() ? "must" : "must have " + Listed(wanted, " or ");
  if (!unwanted.empty())
    text += (wanted.empty() ? " do" : " or do") + (" without " + Listed(unwanted, " or "));
  return text;
}

std::string AllReasons(const std::vector<Tried>& tried, const std::string& pointer) {
  std::string reasons;
  for (const Tried& each : tried) {
    std::vector<Violation> found = each.found;
    for (Violation& violation : found)
      violation.pointer.erase(0, std::min(pointer.size(), violation.pointer.size()));
    reasons += (reasons.empty() ? "" : "; or ") + Describe(found, "it");
  }
  return "fits none of the alternatives: " + HeadAndTail(reasons, kMaxReasons);
}

std::vector<Violation> NoneFits(const std::vector<Tried>& tried, const Json& value,
                                const std::string& pointer, bool good_so_far) {
  std::vector<Tried> possible;
  for (const Tried& each : tried)
    if (!IsRuledOut(each, value, pointer)) possible.push_back(each);
  if (possible.size() == 1) return ToldOf(possible[0], tried, value, pointer);
  const std::vector<Tried>& meant = possible.empty() ? tried : possible;
  const std::string by_keys = possible.empty() ? "" : ByKeys(meant, pointer);
  // What chooses is wrong itself or is not there, which has been said.
  if (by_keys.empty() && !good_so_far) return {};
  return {{pointer, by_keys.empty() ? AllReasons(meant, pointer) : by_keys, Kind::kValue, {}}};
}

// Alternatives that ask for one key each exclude each other's.
std::string ManyFit(const std::vector<Tried>& tried) {
  std::vector<std::string> keys;
  std::size_t fits = 0;
  for (const Tried& each : tried) {
    if (!each.fits()) continue;
    ++fits;
    if (each.node->required.size() == 1) keys.push_back("'" + each.node->required[0] + "'");
  }
  if (keys.size() == fits) return "must not have " + Listed(keys, " and ") + " together; leave one out";
  return "fits " + std::to_string(fits) + " alternatives where it must fit exactly one";
}

}  // namespace

void Validator::CheckAlternatives(const Schema::Node& node, const Json& value, const std::string& pointer,
                                  bool good_so_far) {
  if (!node.any_of.empty()) CheckAnyOf(node.any_of, value, pointer, good_so_far);
  if (!node.one_of.empty()) CheckOneOf(node.one_of, value, pointer, good_so_far);
}

void Validator::CheckAnyOf(const std::vector<NodePtr>& alternatives, const Json& value,
                           const std::string& pointer, bool good_so_far) {
  const std::vector<Tried> tried = Try(alternatives, value, pointer, unknown_);
  if (std::any_of(tried.begin(), tried.end(), [](const Tried& each) { return each.fits(); })) return;
  if (std::any_of(tried.begin(), tried.end(), [](const Tried& each) { return !each.fails(); })) {
    uncertain_ = true;
    return;
  }
  for (Violation& violation : NoneFits(tried, value, pointer, good_so_far))
    Add(violation.pointer, std::move(violation.message), violation.kind, std::move(violation.key));
}

void Validator::CheckOneOf(const std::vector<NodePtr>& alternatives, const Json& value,
                           const std::string& pointer, bool good_so_far) {
  const std::vector<Tried> tried = Try(alternatives, value, pointer, unknown_);
  const auto fits = std::count_if(tried.begin(), tried.end(), [](const Tried& each) { return each.fits(); });
  if (fits > 1) return Add(pointer, ManyFit(tried));
  if (std::any_of(tried.begin(), tried.end(),
                  [](const Tried& each) { return !each.fails() && !each.fits(); })) {
    uncertain_ = true;
    return;
  }
  if (fits == 1) return;
  for (Violation& violation : NoneFits(tried, value, pointer, good_so_far))
    Add(violation.pointer, std::move(violation.message), violation.kind, std::move(violation.key));
}

}  // namespace mamc::schema
