// mamc.yaml as JSON with the place of every key and value. yaml-cpp stays behind this header.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/json.hpp"

namespace mamc::config {

class Document {
 public:
  // Problems have their place in front: "mamc.yaml:3:7: ...". The root is an object, {} when it could not be
  // read.
  static Document Parse(std::string_view text, const std::string& file);

  const Json& root() const { return root_; }
  const std::vector<std::string>& problems() const { return problems_; }
  const std::string& file() const { return file_; }
  // "mamc.yaml:3:7" of the value, or of the key, at a path such as {"log", "level"}.
  std::string PlaceOf(const std::vector<std::string>& path) const;
  std::string KeyPlaceOf(const std::vector<std::string>& path) const;

 private:
  friend class Converter;
  struct Marks {
    int key_line = 0, key_col = 0, line = 0, col = 0;
  };
  std::string file_;
  Json root_ = Json::object();
  std::map<std::vector<std::string>, Marks> marks_;
  std::vector<std::string> problems_;
};

}  // namespace mamc::config
