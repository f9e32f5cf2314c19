// Regular expressions in RE2's syntax. A search takes time in proportion to the text, whatever the text is.
//
// Thread rule: any thread once it is made.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace mamc::patterns {

class Pattern {
 public:
  // Ends the program when it is none: patterns stand in the sources.
  explicit Pattern(const char* pattern);
  ~Pattern();
  Pattern(Pattern&&) noexcept;

  bool IsIn(std::string_view text) const;
  bool IsAll(std::string_view text) const;
  // What its first group holds where it is found first; no value: nowhere.
  std::optional<std::string> GroupIn(std::string_view text) const;
  // The same of each place, one behind the other.
  std::vector<std::string> GroupsIn(std::string_view text) const;
  std::size_t CountIn(std::string_view text) const;

 private:
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace mamc::patterns
