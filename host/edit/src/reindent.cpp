#include "reindent.hpp"

#include <algorithm>
#include <map>

#include "words.hpp"

namespace mamc::edit {
namespace {

bool OnlySpaces(std::string_view indent) {
  return indent.find('\t') == std::string_view::npos;
}

}  // namespace

std::optional<std::string> Reindent::Indent(std::string_view indent) const {
  switch (rule_) {
    case Rule::kNone:
      return std::string(indent);
    case Rule::kAdd:
      return prefix_ + std::string(indent);
    case Rule::kStrip:
      if (!StartsWith(indent, prefix_)) return std::nullopt;
      return std::string(indent.substr(prefix_.size()));
    case Rule::kToTabs: {
      if (!OnlySpaces(indent)) return std::nullopt;
      return std::string(indent.size() / width_, '\t') + std::string(indent.size() % width_, ' ');
    }
    case Rule::kToSpaces: {
      std::string spaces;
      for (char c : indent) spaces.append(c == '\t' ? width_ - spaces.size() % width_ : 1, ' ');
      return spaces;
    }
    case Rule::kScale:
      if (!OnlySpaces(indent) || indent.size() * numerator_ % divisor_ != 0) return std::nullopt;
      return std::string(indent.size() * numerator_ / divisor_, ' ');
  }
  return std::nullopt;
}

std::optional<std::string> Reindent::Apply(std::string_view line) const {
  if (rule_ == Rule::kNone || Trim(line).empty()) return std::string(line);
  const std::string_view indent = IndentOf(line);
  auto changed = Indent(indent);
  if (!changed) return std::nullopt;
  return *changed + std::string(line.substr(indent.size()));
}

bool Reindent::FitsSteps(std::size_t sent, std::size_t filed) const {
  if (sent == 0 || filed == 0) return false;
  return rule_ == Rule::kScale ? sent * numerator_ == filed * divisor_ : sent == filed;
}

std::vector<Reindent> Reindent::Learn(const Pairs& pairs) {
  auto explains = [&](const Reindent& rule) {
    return std::all_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
      const auto changed = rule.Indent(IndentOf(pair.first));
      return changed && *changed == IndentOf(pair.second);
    });
  };
  Reindent rule;
  if (explains(rule)) return {rule};
  std::vector<Reindent> rules;
  for (std::size_t width : {8, 4, 2}) {
    rules.push_back(ToTabs(width));
    rules.push_back(ToSpaces(width));
  }
  for (const auto& [sent, filed] : pairs) {
    const std::string_view a = IndentOf(sent), b = IndentOf(filed);
    if (a == b) continue;
    if (EndsWith(b, a)) {
      rule.rule_ = Rule::kAdd;
      rule.prefix_ = b.substr(0, b.size() - a.size());
      rules.insert(rules.begin(), rule);
    } else if (EndsWith(a, b)) {
      rule.rule_ = Rule::kStrip;
      rule.prefix_ = a.substr(0, a.size() - b.size());
      rules.insert(rules.begin(), rule);
    }
    if (OnlySpaces(a) && OnlySpaces(b) && !a.empty() && !b.empty() && a.size() % 2 == 0 &&
        b.size() % 2 == 0) {
      rule.rule_ = Rule::kScale;
      rule.numerator_ = b.size(), rule.divisor_ = a.size();
      rules.push_back(rule);
    }
    break;
  }
  rules.erase(
      std::remove_if(rules.begin(), rules.end(), [&](const Reindent& each) { return !explains(each); }),
      rules.end());
  return rules;
}

std::size_t StepOf(const std::vector<std::string_view>& lines) {
  std::map<std::size_t, std::size_t> deeper, less_deep;
  std::optional<std::size_t> last;
  for (std::string_view line : lines) {
    if (Trim(line).empty()) continue;
    const std::size_t indent = IndentOf(line).size();
    if (last && indent > *last) ++deeper[indent - *last];
    if (last && indent < *last) ++less_deep[*last - indent];
    last = indent;
  }
  const auto& steps = deeper.empty() ? less_deep : deeper;
  const auto commonest = std::max_element(steps.begin(), steps.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
  return commonest == steps.end() ? 0 : commonest->first;
}

}  // namespace mamc::edit
