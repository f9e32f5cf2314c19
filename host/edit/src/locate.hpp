// The text of one file as lines that remember how they end, and the search for a run of lines in it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mamc::edit {

class FileText {
 public:
  explicit FileText(std::string_view bytes);
  std::string Bytes() const;
  const std::vector<std::string>& lines() const { return lines_; }
  // Puts `replacement` in place of `count` lines; new lines end as the file's do.
  void Replace(std::size_t first, std::size_t count, const std::vector<std::string>& replacement);
  // Puts a whole new text in place, keeping byte order mark, line ends and a missing last newline.
  void ReplaceAll(std::string_view content);

 private:
  bool bom_ = false;
  bool last_newline_ = true;
  std::vector<std::string> lines_;
  std::vector<std::string> ends_;  // "\n" or "\r\n" of each line
  std::string end_ = "\n";         // of new lines
};

std::vector<std::string> LinesOf(std::string_view text);

struct Located {
  std::vector<std::size_t>
      places;  // first lines (from 0) of the best kind of match: exact, else but for trailing spaces
};
Located Locate(const std::vector<std::string>& lines, const std::vector<std::string>& wanted);
// The lines of the file that resemble `wanted` most, each with its number; empty when nothing does.
std::string NearestLines(const std::vector<std::string>& lines, const std::vector<std::string>& wanted);

}  // namespace mamc::edit
