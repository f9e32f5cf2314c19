// One walk over a value and a schema. validate.cpp has the keywords, alternatives.cpp anyOf and oneOf.
#pragma once
#include "node.hpp"

namespace mamc::schema {

class Validator {
 public:
  explicit Validator(const Unknown& unknown) : unknown_(unknown) {}

  void Check(const Schema::Node& node, const Json& value, const std::string& pointer);
  std::vector<Violation> Take() { return std::move(found_); }
  // Something depends on a value that is not known yet.
  bool uncertain() const { return uncertain_; }

 private:
  using Kind = Violation::Kind;

  void Add(const std::string& pointer, std::string message, Kind kind = Kind::kValue, std::string key = {});
  bool full() const;
  // Both remember that they said no.
  bool IsKnown(const std::string& pointer);
  bool IsWhollyKnown(const std::string& pointer);

  void CheckAllowed(const Schema::Node& node, const Json& value, const std::string& pointer);
  void CheckNumber(const Schema::Node& node, const Json& value, const std::string& pointer);
  void CheckString(const Schema::Node& node, const std::string& text, const std::string& pointer);
  void CheckArray(const Schema::Node& node, const Json& value, const std::string& pointer);
  void CheckObject(const Schema::Node& node, const Json& value, const std::string& pointer);
  // `good_so_far`: the node's other keywords have found nothing.
  void CheckAlternatives(const Schema::Node& node, const Json& value, const std::string& pointer,
                         bool good_so_far);
  void CheckAnyOf(const std::vector<NodePtr>& alternatives, const Json& value, const std::string& pointer,
                  bool good_so_far);
  void CheckOneOf(const std::vector<NodePtr>& alternatives, const Json& value, const std::string& pointer,
                  bool good_so_far);

  const Unknown& unknown_;
  std::vector<Violation> found_;
  bool uncertain_ = false;
};

// A value in a message: shortened, texts without quotes.
std::string Shown(const Json& value);

}  // namespace mamc::schema
