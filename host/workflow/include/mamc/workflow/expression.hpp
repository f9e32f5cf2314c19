// The one expression language of conditions, triggers, outputs and ${…} templates: total, typed, without side
// effects. Grammar and semantics: docs/workflow-language.md. A parsed expression is immutable and may be
// shared between threads.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/base/status.hpp"

namespace mamc::workflow {

// Where in a file something stands; line and column count from 1.
struct Place {
  std::string file;
  int line = 0;
  int col = 0;
  std::string ToString() const;  // "feature.yml:12:5"
};

// Gives an expression its values.
class Scope {
 public:
  virtual ~Scope() = default;
  // The value of root.path[0].path[1]...; null when there is none. Called with the longest static path the
  // expression has
  // ("steps", {"plan", "result", "title"}), so that a large value need not be copied whole. A path has names
  // only: it ends before a numeric index and before .length.
  virtual Json Lookup(std::string_view root, const std::vector<std::string>& path) const = 0;
};

class Expression {
 public:
  // `text` without ${ and }. A problem is "12:5: expected ')' ..." relative to `at`, whose column is that of
  // the text's start.
  static Result<Expression> Parse(std::string_view text, const Place& at = {});

  Json Evaluate(const Scope& scope) const;
  // Truth: false, null, 0, "" and the empty text are false, everything else is true.
  static bool Truthy(const Json& value);

  // What it reads, for checks at load: each root with its static path and place.
  struct Reference {
    std::string root;
    std::vector<std::string> path;
    Place place;
  };
  std::vector<Reference> References() const;
  const std::string& text() const;

  struct Node;
  // For the layer itself; Parse is the way to make one.
  explicit Expression(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

 private:
  std::shared_ptr<const Node> root_;
};

// A JSON value whose strings may hold ${…} or {{…}}. A string that is one template alone keeps the value's
// type; inside a longer text null is nothing and lists and objects are JSON. `$${` is the text `${`.
class Template {
 public:
  static Result<Template> Parse(const Json& value, const Place& at = {});
  // Renders to `value` as it is: nothing in it is looked at for templates.
  static Template Literal(Json value);
  Json Render(const Scope& scope) const;
  std::vector<Expression::Reference> References() const;
  bool constant() const;  // holds no template: Render returns what Parse was given
  // The value of a constant template without a copy, null when it is not constant. Lives as long as the
  // template.
  const Json* ConstantValue() const;

  struct Node;
  // For the layer itself; Parse is the way to make one.
  explicit Template(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace mamc::workflow
