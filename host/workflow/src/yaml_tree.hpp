// A YAML text as a tree with places, read through yaml-cpp's events. Bounded for hostile input: bytes, depth,
// nodes (anchors and aliases count what they copy). Duplicate keys, merge keys, tags of its own and more than
// one document are problems.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mamc/workflow/loader.hpp"

namespace mamc::workflow {

inline constexpr std::size_t kMaxYamlBytes = 2u << 20;
inline constexpr int kMaxYamlDepth = 48;
inline constexpr std::size_t kMaxYamlNodes = 200'000;

struct YamlNode {
  enum Kind { kNull, kScalar, kSequence, kMapping } kind = kNull;
  bool plain = true;  // a scalar without quotes and not tagged as a text: may be a number, true, null
  std::string text;   // of a scalar
  Place place;        // of the node's first character, anchors and tags included
  std::size_t byte_in_line = 0;  // the same column in bytes, from 0
  std::vector<YamlNode> keys;    // of a mapping, scalars
  std::vector<YamlNode> values;  // of a mapping or sequence
  std::size_t size = 1;          // nodes in this tree

  const YamlNode* Find(std::string_view key) const;
  bool IsMapping() const { return kind == kMapping; }
  bool IsSequence() const { return kind == kSequence; }
};

// What a problem in YAML is called to the reader: "a list", "a mapping", ...
std::string_view KindName(const YamlNode& node);

class YamlFile {
 public:
  // Problems of syntax and shape are added; the root is then as good as it got.
  YamlFile(std::string_view text, const std::string& file, std::vector<Problem>& problems);

  const YamlNode& root() const { return root_; }
  // Where the characters of a scalar begin: behind its quote, on the line below `|`.
  Place TextPlace(const YamlNode& scalar) const;

 private:
  const std::vector<std::string_view> lines_;
  YamlNode root_;
};

// JSON of a tree together with where things stand, by JSON pointer.
struct LocatedJson {
  Json value;
  std::unordered_map<std::string, Place> texts;  // beginning of each text, or of the node
  std::unordered_map<std::string, Place> keys;   // of each member's key
};
// Adds the value of `node` under `pointer` to the places and returns it.
Json ToJson(const YamlNode& node, const std::string& pointer, const YamlFile& file, LocatedJson& places);
// Likewise without the places.
Json ToJson(const YamlNode& node);

}  // namespace mamc::workflow
