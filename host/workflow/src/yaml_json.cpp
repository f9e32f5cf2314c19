// Plain scalars are typed by the core schema of YAML 1.2: `yes`, `no` and `on` are texts.
#include <charconv>
#include <cmath>

#include "mamc/schema/schema.hpp"
#include "yaml_tree.hpp"

namespace mamc::workflow {
namespace {

template <typename T, typename... Base>
std::optional<T> Number(std::string_view text, Base... base) {
  T number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base...);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

std::optional<Json> Numeric(std::string_view text) {
  if (text.starts_with("0x") && text.size() <= 18)
    if (auto number = Number<std::uint64_t>(text.substr(2), 16)) return *number;
  if (text.starts_with("0o") && text.size() <= 22)
    if (auto number = Number<std::uint64_t>(text.substr(2), 8)) return *number;
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  if (text.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  if (auto number = Number<std::int64_t>(text)) return *number;
  if (auto number = Number<std::uint64_t>(text)) return *number;
  if (auto number = Number<double>(text); number && std::isfinite(*number)) return *number;
  return std::nullopt;
}

Json Scalar(const YamlNode& node) {
  const std::string& text = node.text;
  if (!node.plain) return text;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (auto number = Numeric(text)) return *number;
  return text;
}

}  // namespace

Json ToJson(const YamlNode& node, const std::string& pointer, const YamlFile& file, LocatedJson& places) {
  places.texts[pointer] = file.TextPlace(node);
  if (node.IsSequence()) {
    Json list = Json::array();
    for (std::size_t i = 0; i < node.values.size(); ++i)
      list.push_back(ToJson(node.values[i], schema::JoinPointer(pointer, std::to_string(i)), file, places));
    return list;
  }
  if (node.IsMapping()) {
    Json object = Json::object();
    for (std::size_t i = 0; i < node.keys.size() && i < node.values.size(); ++i) {
      std::string member = schema::JoinPointer(pointer, node.keys[i].text);
      object[node.keys[i].text] = ToJson(node.values[i], member, file, places);
      places.keys[std::move(member)] = node.keys[i].place;
    }
    return object;
  }
  return ToJson(node);
}

Json ToJson(const YamlNode& node) {
  if (node.kind == YamlNode::kScalar) return Scalar(node);
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const YamlNode& value : node.values) list.push_back(ToJson(value));
    return list;
  }
  if (!node.IsMapping()) return nullptr;
  Json object = Json::object();
  for (std::size_t i = 0; i < node.keys.size() && i < node.values.size(); ++i)
    object[node.keys[i].text] = ToJson(node.values[i]);
  return object;
}

}  // namespace mamc::workflow
