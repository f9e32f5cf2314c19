#include "recipe.hpp"

#include <algorithm>
#include <vector>

#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

bool IsMakefile(const std::string& path) {
  const std::string name = Lower(path.substr(path.rfind('/') + 1));
  return IsOneOf(name, {"makefile", "gnumakefile"}) || EndsWith(name, ".mk");
}

// `target: what it needs`, at the left edge and complete.
bool IsRule(std::string_view line) {
  line = TrimEnd(line);
  const std::size_t colon = line.find(':');
  if (line.empty() || line[0] == '#' || !IndentOf(line).empty() || EndsWith(line, "\\")) return false;
  return colon != std::string_view::npos && line.find('=') > line.size();
}

std::vector<std::string_view> RecipesWithSpaces(std::string_view text) {
  const std::vector<std::string_view> lines = ViewLines(text);
  std::vector<std::string_view> found;
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (StartsWith(lines[i], " ") && !Trim(lines[i]).empty() && IsRule(lines[i - 1]))
      found.push_back(lines[i]);
  return found;
}

}  // namespace

std::string RecipeRefusal(const std::string& path, std::string_view before, const Delta& change) {
  if (!IsMakefile(path)) return {};
  const std::string after = Joined(change.On(before));
  if (after.find(".RECIPEPREFIX") != std::string::npos) return {};
  const std::vector<std::string_view> old = RecipesWithSpaces(before), now = RecipesWithSpaces(after);
  if (now.size() <= old.size()) return {};
  return QuotedLine(now.back()) +
         " is a line of a recipe and would begin with spaces: begin the lines of recipes with a tab";
}

}  // namespace mamc::edit
