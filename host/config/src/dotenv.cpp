#include "mamc/config/dotenv.hpp"

#include "mamc/base/text.hpp"
#include "values.hpp"

namespace mamc::config {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

bool IsName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (char c : name) {
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9');
    if (!letter) return false;
  }
  return true;
}

// A # begins a comment at the start of a value or after a blank, so that URLs keep their fragments.
std::string_view WithoutComment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#' && (i == 0 || IsBlank(text[i - 1]))) return text.substr(0, i);
  }
  return text;
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : rest_(text), file_(file) {}

  DotEnv Run() {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (rest_.substr(0, 3) == kByteOrderMark) rest_.remove_prefix(3);
    while (!rest_.empty()) ParseLine();
    return std::move(result_);
  }

 private:
  void Problem(int line, const std::string& message) {
    result_.problems.push_back(file_ + ":" + std::to_string(line) + ": " + message);
  }

  std::string_view TakeLine() {
    ++line_;
    std::size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  void ParseLine() {
    std::string_view line = Trimmed(TakeLine());
    int first_line = line_;
    if (line.empty() || line[0] == '#') return;
    if (line.substr(0, 6) == "export" && line.size() > 6 && IsBlank(line[6])) line = Trimmed(line.substr(6));
    std::size_t equals = line.find('=');
    std::string_view name = Trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos) return Problem(first_line, "NAME=VALUE is expected");
    if (!IsName(name)) return Problem(first_line, "'" + std::string(name) + "' is no name of a variable");

    std::string_view value = Trimmed(line.substr(equals + 1));
    bool quoted = !value.empty() && (value[0] == '\'' || value[0] == '"');
    if (quoted) return ParseQuoted(std::string(name), value, first_line);
    Keep(std::string(name), std::string(Trimmed(WithoutComment(value))), first_line);
  }

  // A quoted value may go on over several lines.
  void ParseQuoted(std::string name, std::string_view line, int first_line) {
    const char quote = line[0];
    line.remove_prefix(1);
    std::string value;
    while (true) {
      std::size_t used = 0;
      bool closed = TakeQuoted(line, quote, &value, &used);
      if (closed) {
        std::string_view tail = Trimmed(WithoutComment(line.substr(used)));
        if (!tail.empty()) return Problem(line_, "unexpected text after the closing quote of " + name);
        return Keep(std::move(name), std::move(value), first_line);
      }
      if (rest_.empty()) return Problem(first_line, "the quote of " + name + " is never closed");
      value += '\n';
      line = TakeLine();
    }
  }

  // Appends up to the closing quote; false when the line ends before it.
  static bool TakeQuoted(std::string_view line, char quote, std::string* value, std::size_t* used) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      char c = line[i];
      if (c == quote) {
        *used = i + 1;
        return true;
      }
      if (c == '\\' && quote == '"' && i + 1 < line.size()) {
        *value += Unescaped(line[++i]);
        continue;
      }
      *value += c;
    }
    return false;
  }

  static std::string Unescaped(char c) {
    switch (c) {
      case 'n':
        return "\n";
      case 'r':
        return "\r";
      case 't':
        return "\t";
      case '"':
      case '\\':
      case '$':
      case '`':
        return std::string(1, c);
      default:
        return std::string("\\") + c;
    }
  }

  void Keep(std::string name, std::string value, int line) {
    if (value.find('\0') != std::string::npos || !IsUtf8(value)) {
      return Problem(line, "the value of " + name + " is not UTF-8 text");
    }
    result_.entries[std::move(name)] = {std::move(value), line};
  }

  std::string_view rest_;
  const std::string& file_;
  int line_ = 0;
  DotEnv result_;
};

}  // namespace

DotEnv ParseDotEnv(std::string_view text, const std::string& file) {
  return Parser(text, file).Run();
}

}  // namespace mamc::config
