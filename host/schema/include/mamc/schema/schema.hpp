// The JSON Schema subset of docs/schema.md: what plugins and personas declare about their parameters, results
// and settings. A schema with any other keyword is refused. Patterns are RE2. Immutable after Compile, so
// usable from any thread.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/base/status.hpp"

namespace mamc::schema {

struct Violation {
  enum class Kind {
    kValue,      // what stands at `pointer` is wrong
    kChoice,     // it has none of the types, or is none of the values, that the schema lists
    kMissing,    // the object at `pointer` lacks the required member `key`
    kUnknown,    // the member at `pointer` is not one the schema allows
    kForbidden,  // the member at `pointer` is one that may not be there
  };
  std::string pointer;  // JSON pointer of the place in the value, "" for the whole
  std::string message;  // "must be one of: commit, push (did you mean 'push'?)"
  Kind kind = Kind::kValue;
  std::string key;
};

// JSON pointers of values that are computed later; that they will be there is known.
using Unknown = std::set<std::string, std::less<>>;

class Schema {
 public:
  // Refuses unknown keywords and wrong keyword values; the message has a JSON pointer into the schema for
  // each problem. The first form shares `document`, the second keeps a copy of it.
  static Result<Schema> Compile(std::shared_ptr<const Json> document);
  static Result<Schema> Compile(const Json& document);

  // All violations, in document order; none when the value satisfies the schema. A value that is wrong in
  // more than a hundred places gets the first hundred and a last line that says so. Only what holds whatever
  // the `unknown` values will be is a violation.
  std::vector<Violation> Validate(const Json& value, const Unknown& unknown = {}) const;
  // A copy of `value` in which absent object members have the schema's defaults, also in nested objects and
  // lists, but not by the alternatives of oneOf and anyOf.
  Json WithDefaults(const Json& value) const;
  // Names of the properties the schema describes at its top level.
  std::vector<std::string> PropertyNames() const;
  bool HasProperty(std::string_view name) const;
  // What Compile was given.
  const Json& document() const;

  struct Node;

 private:
  Schema(std::shared_ptr<const Json> document, std::shared_ptr<const Node> root)
      : document_(std::move(document)), root_(std::move(root)) {}
  std::shared_ptr<const Json> document_;  // what the nodes point into
  std::shared_ptr<const Node> root_;
};

// `pointer` with one more token, escaped.
std::string JoinPointer(std::string_view pointer, std::string_view token);
// "params.operation must be ...; params.files must be ..." for one line of an error.
std::string Describe(const std::vector<Violation>& violations, std::string_view root);

}  // namespace mamc::schema
