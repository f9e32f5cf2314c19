#include "report.hpp"

#include <algorithm>
#include <ostream>

#include "mamc/base/text.hpp"
#include "mamc/cli/table.hpp"

namespace mamc::cli::doctor {
namespace {

constexpr std::size_t kIndent = 11;  // "  problem  "
constexpr std::size_t kLeastColumns = 40;

const char* ColorOf(Level level) {
  switch (level) {
    case Level::kOk:
      return "32";
    case Level::kNote:
      return "";
    case Level::kWarning:
      return "33";
    case Level::kProblem:
      return "31";
  }
  return "";
}

// Words of `text` on lines that end before `columns`, all but the first behind `indent` blanks.
std::string Wrapped(const std::string& text, std::size_t indent, std::size_t columns) {
  if (columns == 0) return text;
  const std::size_t room = std::max(columns, kLeastColumns) - indent;
  std::string lines, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (!line.empty() && CodePoints(line) + 1 + CodePoints(word) > room) {
      lines += line + '\n' + std::string(indent, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return lines + line;
}

class Printer {
 public:
  Printer(std::ostream& out, const Look& look) : out_(out), look_(look) {}

  void Settings(const std::vector<config::Described>& settings) {
    Table table({"SETTING", "FROM", "VALUE"});
    bool any = false;
    for (const config::Described& setting : settings) {
      if (setting.origin.source == config::Source::kDefault) continue;
      table.Add({setting.key, setting.origin.ToString(), setting.value});
      any = true;
    }
    table.Print(out_);
    if (any) out_ << '\n';
  }

  void Print(const Section& section) {
    if (section.findings.empty()) return;
    out_ << Colored("1", section.title) << '\n';
    std::vector<Finding> sorted = section.findings;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Finding& a, const Finding& b) { return a.level > b.level; });
    for (const Finding& finding : sorted) Print(finding);
    out_ << '\n';
  }

  void Summary(const std::vector<Section>& sections) {
    std::size_t problems = 0, warnings = 0;
    for (const Section& section : sections)
      for (const Finding& finding : section.findings) {
        problems += finding.level == Level::kProblem ? 1 : 0;
        warnings += finding.level == Level::kWarning ? 1 : 0;
      }
    if (problems + warnings == 0) {
      out_ << Colored("32", "Everything is as it should be.") << '\n';
      return;
    }
    out_ << Colored(problems > 0 ? "31" : "33",
                    Counted(problems, "problem") + ", " + Counted(warnings, "warning"))
         << '\n';
  }

 private:
  void Print(const Finding& finding) {
    const std::string level(LevelName(finding.level));
    out_ << "  " << Colored(ColorOf(finding.level), level) << std::string(kIndent - 2 - level.size(), ' ');
    const bool short_one = finding.level == Level::kOk;
    out_ << Text(finding.what + (short_one && !finding.where.empty() ? " - " + finding.where : ""), kIndent)
         << '\n';
    if (short_one) return;
    if (!finding.symptom.empty()) Line("seen as", "\"" + finding.symptom + "\"");
    if (!finding.where.empty()) Line("where", finding.where);
    if (!finding.advice.empty()) Line("do", finding.advice);
  }

  void Line(const std::string& name, const std::string& text) {
    const std::string head = name + ": ";
    out_ << std::string(kIndent, ' ') << head << Text(text, kIndent + head.size()) << '\n';
  }

  std::string Text(const std::string& text, std::size_t indent) const {
    return Wrapped(Printable(text), indent, look_.columns);
  }

  std::string Colored(const char* color, const std::string& text) const {
    return look_.color && *color != 0 ? "\x1b[" + std::string(color) + "m" + text + "\x1b[0m" : text;
  }

  static std::string Counted(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  }

  std::ostream& out_;
  const Look look_;
};

}  // namespace

void PrintReport(std::ostream& out, const std::vector<config::Described>& settings,
                 const std::vector<Section>& sections, const Look& look) {
  Printer printer(out, look);
  printer.Settings(settings);
  for (const Section& section : sections) printer.Print(section);
  printer.Summary(sections);
}

Json ReportJson(const std::vector<config::Described>& settings, const std::vector<Section>& sections) {
  Json all = {
      {"exit", static_cast<int>(ExitOf(sections))}, {"settings", Json::array()}, {"findings", Json::array()}};
  for (const config::Described& setting : settings)
    all["settings"].push_back({{"key", setting.key},
                               {"variable", setting.variable},
                               {"value", setting.value},
                               {"from", setting.origin.ToString()}});
  for (const Section& section : sections)
    for (const Finding& finding : section.findings)
      all["findings"].push_back({{"check", section.check},
                                 {"level", LevelName(finding.level)},
                                 {"what", finding.what},
                                 {"where", finding.where},
                                 {"advice", finding.advice},
                                 {"symptom", finding.symptom}});
  return all;
}

}  // namespace mamc::cli::doctor
