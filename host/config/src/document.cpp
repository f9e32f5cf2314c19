#include "document.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>

#include "mamc/base/columns.hpp"
#include "mamc/base/text.hpp"

namespace mamc::config {

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 10'000;  // aliases make a small file large

class Converter {
 public:
  Converter(Document& document, const Columns& columns) : document_(document), columns_(columns) {}

  Json Convert(const YAML::Node& node, int depth) {
    document_.marks_[path_].line = node.Mark().line + 1;
    document_.marks_[path_].col = ColumnOf(node.Mark());
    if (++nodes_ > kMaxNodes || depth > kMaxDepth) {
      if (!too_large_) Problem(node.Mark(), "the file is nested too deeply or repeats too much by aliases");
      too_large_ = true;
      return nullptr;
    }
    if (node.IsMap()) return ConvertMap(node, depth);
    if (node.IsSequence()) return ConvertSequence(node, depth);
    if (node.IsScalar()) return ConvertScalar(node);
    return nullptr;
  }

  void Problem(const YAML::Mark& mark, const std::string& message) {
    document_.problems_.push_back(document_.file_ + ":" + std::to_string(mark.line + 1) + ":" +
                                  std::to_string(ColumnOf(mark)) + ": " + message);
  }

 private:
  // yaml-cpp counts bytes.
  int ColumnOf(const YAML::Mark& mark) const {
    auto line = static_cast<std::size_t>(mark.line), byte = static_cast<std::size_t>(mark.column);
    return static_cast<int>(columns_.CharactersBefore(line, byte)) + 1;
  }

  Json ConvertMap(const YAML::Node& node, int depth) {
    Json object = Json::object();
    for (const auto& member : node) {
      if (too_large_) break;
      if (!member.first.IsScalar()) {
        Problem(member.first.Mark(), "a key must be plain text");
        continue;
      }
      const std::string& key = member.first.Scalar();
      if (object.contains(key)) {
        Problem(member.first.Mark(), "the key '" + key + "' is there twice");
        continue;
      }
      path_.push_back(key);
      document_.marks_[path_].key_line = member.first.Mark().line + 1;
      document_.marks_[path_].key_col = ColumnOf(member.first.Mark());
      object[key] = Convert(member.second, depth + 1);
      path_.pop_back();
    }
    return object;
  }

  Json ConvertSequence(const YAML::Node& node, int depth) {
    Json array = Json::array();
    for (const auto& item : node) {
      if (too_large_) break;
      path_.push_back(std::to_string(array.size()));
      array.push_back(Convert(item, depth + 1));
      path_.pop_back();
    }
    return array;
  }

  // Quoted scalars are text; plain ones follow YAML's core schema.
  static Json ConvertScalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() == "!") return text;
    if (text == "null" || text == "~" || text.empty()) return nullptr;
    if (text == "true" || text == "false") return text == "true";
    std::int64_t integer = 0;
    const char* end = text.data() + text.size();
    auto whole = std::from_chars(text.data(), end, integer);
    if (whole.ec == std::errc() && whole.ptr == end) return integer;
    double number = 0;
    auto real = std::from_chars(text.data(), end, number);
    if (real.ec == std::errc() && real.ptr == end && std::isfinite(number)) return number;
    return text;
  }

  Document& document_;
  const Columns& columns_;
  std::vector<std::string> path_;
  std::size_t nodes_ = 0;
  bool too_large_ = false;
};

Document Document::Parse(std::string_view text, const std::string& file) {
  Document document;
  document.file_ = file;
  if (!IsUtf8(text) || text.find('\0') != std::string_view::npos) {
    document.problems_.push_back(file + ": the file is not UTF-8 text");
    return document;
  }
  Columns columns(text);
  Converter converter(document, columns);
  try {
    std::vector<YAML::Node> nodes = YAML::LoadAll(std::string(text));
    if (nodes.empty() || nodes[0].IsNull()) return document;
    if (nodes.size() > 1) converter.Problem(nodes[1].Mark(), "a second document after --- is not read");
    Json root = converter.Convert(nodes[0], 0);
    if (root.is_object()) {
      document.root_ = std::move(root);
    } else {
      converter.Problem(nodes[0].Mark(), "the file must hold keys and values, such as `board: local`");
    }
  } catch (const YAML::Exception& error) {
    converter.Problem(error.mark, error.msg);
  }
  return document;
}

std::string Document::PlaceOf(const std::vector<std::string>& path) const {
  auto found = marks_.find(path);
  if (found == marks_.end()) return file_;
  return file_ + ":" + std::to_string(found->second.line) + ":" + std::to_string(found->second.col);
}

std::string Document::KeyPlaceOf(const std::vector<std::string>& path) const {
  auto found = marks_.find(path);
  if (found == marks_.end() || found->second.key_line == 0) return PlaceOf(path);
  return file_ + ":" + std::to_string(found->second.key_line) + ":" + std::to_string(found->second.key_col);
}

}  // namespace mamc::config
