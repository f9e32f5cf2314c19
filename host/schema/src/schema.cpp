#include "mamc/schema/schema.hpp"

#include "node.hpp"

namespace mamc::schema {
namespace {

Json Filled(const Schema::Node& node, const Json& value) {
  Json filled = value;
  if (filled.is_object()) {
    for (const auto& [name, property] : node.properties) {
      auto it = filled.find(name);
      if (it != filled.end())
        *it = Filled(*property, *it);
      else if (property->default_value)
        filled[name] = Filled(*property, *property->default_value);
    }
    if (node.additional)
      for (auto& [name, member] : filled.items())
        if (!node.properties.contains(name)) member = Filled(*node.additional, member);
  }
  if (filled.is_array() && node.items)
    for (Json& item : filled) item = Filled(*node.items, item);
  return filled;
}

// "/files/0/path" as "files[0].path" behind the root's name.
std::string Spoken(std::string_view root, const std::string& pointer) {
  std::string spoken(root);
  for (std::size_t at = 0; at < pointer.size();) {
    std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    std::string token = pointer.substr(at + 1, end - at - 1);
    for (std::size_t tilde = token.find('~'); tilde != std::string::npos; tilde = token.find('~', tilde + 1))
      token.replace(tilde, 2, token.compare(tilde, 2, "~1") == 0 ? "/" : "~");
    bool index = !token.empty() && token.find_first_not_of("0123456789") == std::string::npos;
    if (index)
      spoken += "[" + token + "]";
    else
      spoken += (spoken.empty() ? "" : ".") + token;
    at = end;
  }
  return spoken;
}

}  // namespace

Json Schema::WithDefaults(const Json& value) const {
  return Filled(*root_, value);
}

std::vector<std::string> Schema::Node::PropertyNames() const {
  std::vector<std::string> names;
  for (const auto& [name, property] : properties) names.push_back(name);
  return names;
}

std::vector<std::string> Schema::PropertyNames() const {
  return root_->PropertyNames();
}

bool Schema::HasProperty(std::string_view name) const {
  return root_->properties.contains(name);
}

const Json& Schema::document() const {
  return *document_;
}

std::string JoinPointer(std::string_view pointer, std::string_view token) {
  std::string joined(pointer);
  joined += '/';
  for (char c : token) {
    if (c == '~')
      joined += "~0";
    else if (c == '/')
      joined += "~1";
    else
      joined += c;
  }
  return joined;
}

std::string Describe(const std::vector<Violation>& violations, std::string_view root) {
  std::string text;
  for (const Violation& violation : violations) {
    std::string place = Spoken(root, violation.pointer);
    text += (text.empty() ? "" : "; ") + place + (place.empty() ? "" : " ") + violation.message;
  }
  return text;
}

}  // namespace mamc::schema
