#include "yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <unordered_map>

#include "mamc/base/columns.hpp"
#include "mamc/base/text.hpp"

namespace mamc::workflow {
namespace {

// Ends a parse from within an event.
struct Stop {
  Problem problem;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, const Columns& columns, std::vector<Problem>& problems)
      : file_(file), columns_(columns), problems_(problems) {}

  YamlNode TakeRoot() { return std::move(root_); }
  // yaml-cpp counts bytes.
  Place At(const YAML::Mark& mark) const {
    auto line = static_cast<std::size_t>(mark.line), byte = static_cast<std::size_t>(mark.column);
    return {file_, mark.line + 1, static_cast<int>(columns_.CharactersBefore(line, byte)) + 1};
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Finish(NodeAt(mark, YamlNode::kNull), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    YamlNode node = NodeAt(mark, YamlNode::kScalar);
    node.text = text;
    node.plain = tag == "?" || tag.empty();
    if (!node.plain && tag != "!" && tag != "tag:yaml.org,2002:str")
      problems_.push_back(
          {node.place, "the tag '" + HeadAndTail(tag, 60) + "' is not supported; write the value alone"});
    Finish(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto it = anchors_.find(anchor);
    if (it == anchors_.end()) throw Stop{{At(mark), "the alias stands inside the value that it names"}};
    nodes_ += it->second.size;
    if (nodes_ > kMaxYamlNodes) TooMany(At(mark));
    if (open_.size() + Height(it->second) > kMaxYamlDepth) TooDeep(At(mark));
    Attach(it->second);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::kMapping, mark, tag, anchor);
  }
  void OnMapEnd() override {
    CheckKeys(open_.back().node);
    Close();
  }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
  };

  [[noreturn]] void TooDeep(const Place& place) {
    throw Stop{{place, "nested deeper than " + std::to_string(kMaxYamlDepth) + " levels"}};
  }

  [[noreturn]] void TooMany(const Place& place) {
    throw Stop{{place, "the file has more than " + std::to_string(kMaxYamlNodes) +
                           " values, counting what aliases repeat"}};
  }

  static std::size_t Height(const YamlNode& node) {
    std::size_t height = 0;
    for (const YamlNode& value : node.values) height = std::max(height, Height(value));
    return height + 1;
  }

  YamlNode NodeAt(const YAML::Mark& mark, YamlNode::Kind kind) const {
    YamlNode node;
    node.kind = kind;
    node.place = At(mark);
    node.byte_in_line = static_cast<std::size_t>(mark.column);
    return node;
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    Frame frame;
    frame.anchor = anchor;
    frame.node = NodeAt(mark, kind);
    if (!tag.empty() && tag != "?" && tag != "!")
      problems_.push_back({frame.node.place,
                           "the tag '" + HeadAndTail(tag, 60) + "' is not supported; write the value alone"});
    if (open_.size() >= kMaxYamlDepth) TooDeep(frame.node.place);
    open_.push_back(std::move(frame));
  }

  void Close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    Finish(std::move(frame.node), frame.anchor);
  }

  void Finish(YamlNode node, YAML::anchor_t anchor) {
    nodes_ += 1 + (anchor ? node.size : 0);  // an anchored value is kept a second time
    if (nodes_ > kMaxYamlNodes) TooMany(node.place);
    if (anchor) anchors_[anchor] = node;
    Attach(std::move(node));
  }

  void Attach(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = open_.back().node;
    parent.size += node.size;
    bool key = parent.kind == YamlNode::kMapping && parent.keys.size() == parent.values.size();
    (key ? parent.keys : parent.values).push_back(std::move(node));
  }

  void CheckKeys(const YamlNode& mapping) {
    std::unordered_map<std::string_view, int> lines;
    for (const YamlNode& key : mapping.keys) {
      if (key.kind != YamlNode::kScalar)
        problems_.push_back({key.place, "a key must be a text"});
      else if (key.plain && key.text == "<<")
        problems_.push_back({key.place, "merge keys (<<) are not supported; repeat the keys"});
      else if (auto [it, fresh] = lines.emplace(key.text, key.place.line); !fresh)
        problems_.push_back({key.place, "the key '" + HeadAndTail(key.text, 60) +
                                            "' is there twice, first on line " + std::to_string(it->second)});
    }
  }

  const std::string& file_;
  const Columns& columns_;
  std::vector<Problem>& problems_;
  std::vector<Frame> open_;
  std::unordered_map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t nodes_ = 0;
  YamlNode root_;
};

// It is no character of the first line.
std::string_view WithoutByteOrderMark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// Bytes that yaml-cpp takes for the end of the file, or drops, would hide what follows them.
std::optional<Problem> CheckBytes(const std::vector<std::string_view>& lines, std::string_view text,
                                  const std::string& file) {
  if (text.size() > kMaxYamlBytes)
    return Problem{{file, 1, 1}, "the file is larger than " + std::to_string(kMaxYamlBytes) + " bytes"};
  for (std::size_t line = 0; line < lines.size(); ++line) {
    std::string_view content = lines[line];
    Place place{file, static_cast<int>(line) + 1, 1};
    for (std::size_t i = 0; i < content.size(); ++i) {
      auto byte = static_cast<unsigned char>(content[i]);
      if ((byte >= 0x20 || byte == '\t' || byte == '\r') && byte != 0x7F) continue;
      place.col = static_cast<int>(CodePoints(content.substr(0, i))) + 1;
      return Problem{place, "a control character is not allowed here"};
    }
    if (!IsUtf8(content)) return Problem{place, "the line is not UTF-8"};
  }
  return std::nullopt;
}

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size() && i < values.size(); ++i)
    if (keys[i].text == key) return &values[i];
  return nullptr;
}

std::string_view KindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::kNull:
      return "nothing";
    case YamlNode::kScalar:
      return "a single value";
    case YamlNode::kSequence:
      return "a list";
    case YamlNode::kMapping:
      return "a mapping";
  }
  return "";
}

YamlFile::YamlFile(std::string_view text, const std::string& file, std::vector<Problem>& problems)
    : lines_(Lines(WithoutByteOrderMark(text))) {
  text = WithoutByteOrderMark(text);
  if (auto problem = CheckBytes(lines_, text, file)) {
    problems.push_back(std::move(*problem));
    return;
  }
  Columns columns(text);
  TreeBuilder builder(file, columns, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) root_ = builder.TakeRoot();
    TreeBuilder second(file, columns, problems);
    if (parser.HandleNextDocument(second))
      problems.push_back({second.TakeRoot().place, "a file holds one document; a second one begins here"});
  } catch (const YAML::Exception& error) {
    problems.push_back({builder.At(error.mark), "not valid YAML: " + error.msg});
  } catch (Stop& stop) {
    problems.push_back(std::move(stop.problem));
  }
}

Place YamlFile::TextPlace(const YamlNode& scalar) const {
  Place place = scalar.place;
  auto line = static_cast<std::size_t>(place.line - 1);
  if (scalar.kind != YamlNode::kScalar || line >= lines_.size()) return place;
  if (scalar.byte_in_line >= lines_[line].size()) return place;
  std::string_view rest = lines_[line].substr(scalar.byte_in_line);
  while (!rest.empty() && (rest[0] == '&' || rest[0] == '!')) {  // an anchor or a tag
    std::size_t end = std::min(rest.find(' '), rest.size());
    std::size_t next = std::min(rest.find_first_not_of(' ', end), rest.size());
    place.col += static_cast<int>(CodePoints(rest.substr(0, next)));
    rest.remove_prefix(next);
  }
  if (rest.empty()) return place;
  if (rest[0] == '"' || rest[0] == '\'') ++place.col;
  if (rest[0] != '|' && rest[0] != '>') return place;
  ++place.line;
  for (std::size_t below = line + 1; below < lines_.size(); ++below) {
    std::size_t indent = lines_[below].find_first_not_of(" \r");
    if (indent == std::string_view::npos) continue;
    place.col = static_cast<int>(indent) + 1;
    break;
  }
  return place;
}

}  // namespace mamc::workflow
