// Implementation: no grammar, but the forms that heads have in most languages.
#include "heads.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <unordered_map>

#include "words.hpp"

namespace mamc::edit {
namespace {

using Words = std::initializer_list<std::string_view>;

bool IsWordPart(char c) {
  const auto u = static_cast<unsigned char>(c);
  return std::isalnum(u) != 0 || u == '_' || u == '$' || u >= 0x80;
}

std::string_view WordAt(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && IsWordPart(text[end])) ++end;
  return text.substr(begin, end - begin);
}

// `name`, `Type::name`, `Type.name`, `~name` before `end`.
std::string_view NameBefore(std::string_view text, std::size_t end) {
  while (end > 0 && text[end - 1] == ' ') --end;
  std::size_t begin = end;
  while (begin > 0 &&
         (IsWordPart(text[begin - 1]) || std::string_view(":.~-").find(text[begin - 1]) != text.npos))
    --begin;
  return text.substr(begin, end - begin);
}

bool IsControl(std::string_view word) {
  return IsOneOf(word, {"if",      "for",    "while",   "switch", "catch", "else",   "return", "foreach",
                        "elif",    "until",  "with",    "do",     "match", "unless", "try",    "case",
                        "default", "except", "finally", "select", "loop",  "unsafe", "using",  "defer",
                        "go",      "throw",  "raise",   "await",  "yield", "assert", "lock",   "synchronized",
                        "then",    "rescue", "ensure",  "elsif",  "not",   "sizeof"});
}

// `struct name *` and `enum name` before what is declared of that type: no name of a part.
bool IsTypeOf(std::string_view word, std::string_view behind) {
  if (!IsOneOf(word, {"struct", "enum", "union"})) return false;
  const std::string_view more = Trim(behind);
  if (more.empty()) return false;
  if (more[0] == '*' || more[0] == '&') return true;
  return StartsWith(behind, " ") && IsWordPart(more[0]) &&
         !IsOneOf(WordAt(more, 0), {"final", "extends", "implements", "where", "is", "of", "sealed"});
}

// `def name`, `pub struct Name`, `func (r *T) name`: behind the words that declare.
std::string_view BehindKeyword(std::string_view line) {
  static const Words kBefore = {"export", "default", "public", "private", "protected", "static",    "async",
                                "pub",    "unsafe",  "extern", "inline",  "abstract",  "final",     "virtual",
                                "sealed", "local",   "const",  "typedef", "override",  "constexpr", "create",
                                "CREATE", "partial", "open",   "INSERT",  "ALTER"};
  static const Words kDeclare = {"def",       "class",  "func",        "fn",     "function", "struct",
                                 "enum",      "union",  "interface",   "trait",  "impl",     "module",
                                 "namespace", "type",   "sub",         "proc",   "macro",    "package",
                                 "fun",       "record", "table",       "TABLE",  "VIEW",     "FUNCTION",
                                 "PROCEDURE", "mod",    "macro_rules", "object", "UPDATE",   "INTO"};
  while (true) {
    const std::string_view word = WordAt(line, 0);
    if (word.empty()) return {};
    std::string_view rest = line.substr(word.size());
    if (word == "pub" && StartsWith(rest, "(")) rest = rest.substr(std::min(rest.find(')') + 1, rest.size()));
    const bool declares = IsOneOf(word, kDeclare);
    if (!declares && !IsOneOf(word, kBefore)) return {};
    if (!StartsWith(rest, " ") && !StartsWith(rest, "\t") && !StartsWith(rest, "!") && !StartsWith(rest, "*"))
      return {};
    line = rest.substr(std::min(rest.find_first_not_of(" \t!*"), rest.size()));
    if (word == "func" && StartsWith(line, "("))  // its receiver
      line = Trim(line.substr(std::min(line.find(')') + 1, line.size())));
    if (word == "enum" && (StartsWith(line, "class ") || StartsWith(line, "struct "))) continue;
    if (word == "impl") return line.substr(0, line.find('{'));
    if (declares) {
      std::size_t end = 0;
      while (end < line.size() &&
             (IsWordPart(line[end]) || std::string_view(":.~-?!").find(line[end]) != line.npos))
        ++end;
      while (end > 0 && line[end - 1] == ':') --end;
      return IsTypeOf(word, line.substr(end)) ? std::string_view() : line.substr(0, end);
    }
  }
}

// `case A:`, `elif a:`, `} else if (a) {`
std::string_view Branch(std::string_view line) {
  if (StartsWith(line, "}")) line = Trim(line.substr(1));
  for (std::string_view word : {"case ", "elif ", "elsif ", "else if "})
    if (StartsWith(line, word)) return EndsWith(line, "{") ? Trim(line.substr(0, line.size() - 1)) : line;
  return {};
}

// `<div id="this">`: the attribute.
std::string_view Tag(std::string_view line) {
  if (!StartsWith(line, "<")) return {};
  for (std::string_view key : {" id=", " name=", " key="})
    if (const std::size_t at = line.find(key); at != std::string_view::npos) {
      const std::string_view attribute = line.substr(at + 1);
      const std::size_t value = key.size() - 1;
      const bool quoted = value < attribute.size() && (attribute[value] == '"' || attribute[value] == '\'');
      return attribute.substr(
          0, quoted ? attribute.find(attribute[value], value + 1) : attribute.find_first_of(" >"));
    }
  return {};
}

// `[section]`, `## title`, `- name: this`
std::string_view Title(std::string_view line) {
  if (line.size() > 2 && line.front() == '[' && line.back() == ']') return line;
  if (StartsWith(line, "##") && line.find_first_not_of('#') < line.size() &&
      line[line.find_first_not_of('#')] == ' ')
    return line;
  if (StartsWith(line, "- ")) line = Trim(line.substr(2));
  for (std::string_view key : {"name: ", "id: ", "\"name\": ", "\"id\": ", "\"key\": ", ".name = ",
                               "<artifactId>", "<id>", "<name>", "<title>"})
    if (StartsWith(line, key)) return line;
  return {};
}

// `key:`, `"key": {`, `key = [`; at the left edge `target: what it needs` as well.
std::string_view Key(std::string_view line, bool at_edge) {
  const bool item = StartsWith(line, "- ");  // whose value names it rather than its key
  if (item) line = Trim(line.substr(2));
  std::size_t end = 0;
  while (end < line.size() &&
         (IsWordPart(line[end]) || std::string_view("-./\"'").find(line[end]) != line.npos))
    ++end;
  const std::string_view key = line.substr(0, end);
  if (key.empty() || IsControl(key) || IsOneOf(key, {"public", "private", "protected"})) return {};
  std::string_view behind = Trim(line.substr(end));
  if (behind == ":" || StartsWith(behind, ": #") || (at_edge && !item && StartsWith(behind, ": ")) ||
      IsOneOf(behind, {":{", ":[", ": {", ": [", ": (", ": |", ": >"}))
    return key;
  return IsOneOf(behind, {"= {", "= [", "= (", "=> {", "=> ["}) ? key : std::string_view();
}

// A call that opens a part, or decorates one, is told from its like by its first argument: `get('/users', ()
// => {`,
// `@route("/")`; at the left edge also by a word, `target_link_libraries(core`.
std::string_view CallHead(std::string_view line, bool at_edge) {
  const std::size_t round = line.find('(');
  if (round == std::string_view::npos || IsControl(WordAt(line, 0))) return {};
  const bool opens =
      EndsWith(line, "{") || EndsWith(line, "(") || EndsWith(line, ":") || EndsWith(line, "do");
  const std::string_view behind = Trim(line.substr(round + 1));
  const bool quoted = !behind.empty() && std::string_view("\"'`").find(behind[0]) != std::string_view::npos;
  if (quoted && (opens || StartsWith(line, "@"))) {
    const auto first = static_cast<std::size_t>(behind.data() - line.data());
    const std::size_t end = line.find(behind[0], first + 1);
    return end == std::string_view::npos ? line : line.substr(0, end + 1);
  }
  const std::string_view word = WordAt(behind, 0);
  const bool whole = NameBefore(line, round).size() == round && word.size() == behind.size();
  return at_edge && whole && !word.empty() ? line : std::string_view();
}

// `int name(int a)` at the left edge, `name(a) {` anywhere; but `name(a);` calls it.
std::string_view FunctionHead(std::string_view line, bool at_edge) {
  const bool opens = EndsWith(line, "{");
  if (!opens && (!at_edge || EndsWith(line, ";"))) return {};
  const std::size_t round = line.find('(');
  if (round == std::string_view::npos) return {};
  const std::size_t equals = line.find('=');
  const std::string_view first = WordAt(line, 0);
  const bool assigned = opens && equals < round && !first.empty() && !IsControl(first) &&
                        line[equals + 1] == ' ' && !EndsWith(line.substr(0, equals), "operator");
  if (assigned) return NameBefore(line, equals);  // `const name = make({`
  const std::string_view name = NameBefore(line, round);
  if (IsOneOf(first, {"describe", "it", "test", "suite", "context", "TEST", "TEST_F", "TEST_P", "TEST_CASE",
                      "SECTION"}))
    return line;  // what they test is their name
  if (IsControl(first) || IsControl(name)) return {};
  if (name.empty() || first.empty()) return {};
  if (name == "function" || name == "async" || name == "func" || name == "fn") {
    const std::size_t sign = line.find_first_of("=:");
    return sign < round ? NameBefore(line, sign) : std::string_view();
  }
  return name;
}

// `static const struct ops name = {`, `int name[] = {`
std::string_view Initialized(std::string_view line) {
  const std::size_t equals = line.rfind('=');
  if (equals == std::string_view::npos || equals == 0 ||
      !IsOneOf(Trim(line.substr(equals + 1)), {"{", "[", "("}))
    return {};
  std::string_view left = Trim(line.substr(0, equals));
  while (EndsWith(left, "]") && left.find('[') != std::string_view::npos)
    left = Trim(left.substr(0, left.rfind('[')));
  return NameBefore(left, left.size());
}

// `FROM image AS name` of a Dockerfile.
std::string_view Stage(std::string_view line) {
  const std::size_t as = StartsWith(line, "FROM ") ? Lower(line).rfind(" as ") : std::string_view::npos;
  return as == std::string_view::npos ? std::string_view() : Trim(line.substr(as + 4));
}

// `server {`, `.button {`, `resource "a" "b" {`
std::string_view BlockHead(std::string_view line) {
  if (!EndsWith(line, "{") || line.size() < 3 || line.find('(') != std::string_view::npos) return {};
  if (line.front() == '}' || IsControl(WordAt(line, 0))) return {};
  line = Trim(line.substr(0, line.size() - 1));
  return line.find_first_of("=|&") == std::string_view::npos ? line : std::string_view();
}

// `"user"` of `"user": "bob"`, `port` of `port = 80`; empty when the line gives no value.
std::string_view FieldOf(std::string_view line) {
  line = Trim(line);
  if (IsComment(line)) return {};
  if (StartsWith(line, "- ")) line = Trim(line.substr(2));
  std::size_t end = 0;
  while (end < line.size() &&
         (IsWordPart(line[end]) || std::string_view("-./\"'").find(line[end]) != line.npos))
    ++end;
  const std::string_view behind = Trim(line.substr(end));
  const bool gives = behind.size() > 1 && (behind[0] == ':' || behind[0] == '=') &&
                     std::string_view("=:{[(").find(Trim(behind.substr(1)).front()) == behind.npos;
  return gives ? line.substr(0, end) : std::string_view();
}

// A line of context that is not where the lines lie, and the lines of the file among which it would be.
struct Unfound {
  std::size_t old;
  std::vector<std::string_view>::const_iterator begin, end;
};

std::vector<Unfound> UnfoundIn(const std::vector<OldLine>& olds, const FileText& text,
                               const Alignment& lines) {
  constexpr std::ptrdiff_t kNear = 3;  // how far beyond the outermost line that is there
  constexpr std::ptrdiff_t kMost = 64;
  const auto count = static_cast<std::ptrdiff_t>(text.lines().size());
  auto is_there = [&](std::size_t i) { return LiesAt(olds[i], text, lines[i]); };
  std::vector<std::size_t> nexts(olds.size() + 1, olds.size());  // old lines that are there
  for (std::size_t i = olds.size(); i-- > 0;) nexts[i] = is_there(i) ? i : nexts[i + 1];
  std::vector<Unfound> unfound;
  std::size_t last = olds.size();
  for (std::size_t i = 0; i < olds.size(); ++i) {
    if (is_there(i)) last = i;
    if (olds[i].removed || olds[i].elision || is_there(i)) continue;
    const std::size_t next = nexts[i];
    std::ptrdiff_t begin = last == olds.size() ? 0 : lines[last] + 1;
    std::ptrdiff_t end = next == olds.size() ? count : lines[next];
    if (last == olds.size()) begin = std::max(begin, end - static_cast<std::ptrdiff_t>(next - i) - kNear);
    if (next == olds.size()) end = std::min(end, begin + static_cast<std::ptrdiff_t>(i - last) + kNear);
    end = std::max(begin, std::min(end, begin + kMost));
    unfound.push_back({i, text.lines().begin() + begin, text.lines().begin() + end});
  }
  return unfound;
}

}  // namespace

bool IsTitle(std::string_view line) {
  line = Trim(line);
  return !Title(line).empty() || !Stage(line).empty();
}

bool IsComment(std::string_view line) {
  line = Trim(line);
  return StartsWith(line, "//") || StartsWith(line, "/*") || StartsWith(line, "*") ||
         StartsWith(line, "--") || StartsWith(line, "<!--") ||
         (StartsWith(line, "#") && !StartsWith(line, "##"));
}

bool OpensPart(std::string_view line) {
  line = Trim(line);
  return !IsComment(line) && (IsControl(WordAt(line, 0)) || EndsOpen(line));
}

bool EndsOpen(std::string_view line) {
  line = Trim(line);
  for (std::string_view end : {"{", ":", "(", "[", "=", " do", " then", " of", " where", " begin"})
    if (EndsWith(line, end)) return true;
  return false;
}

std::string_view DeclaredName(std::string_view line) {
  const bool at_edge = !line.empty() && IndentOf(line).empty();
  line = Trim(line);
  if (line.empty() || IsComment(line)) return {};
  for (const auto name : {Title(line), Branch(line), Tag(line), Stage(line)})
    if (!name.empty()) return name;
  if (const auto name = BehindKeyword(line); !name.empty()) return name;
  if (const auto name = Key(line, at_edge); !name.empty()) return name;
  if (const auto name = Initialized(line); !name.empty()) return name;
  if (const auto name = CallHead(line, at_edge); !name.empty()) return name;
  if (const auto name = FunctionHead(line, at_edge); !name.empty()) return name;
  return BlockHead(line);
}

bool NamesNoPart(std::string_view heading, const FileText& text) {
  if (heading.empty() || DeclaredName(heading).empty()) return false;
  const auto& lines = text.lines();  // git cuts a long one
  return std::none_of(lines.begin(), lines.end(),
                      [&](std::string_view line) { return StartsWith(Trim(line), heading); });
}

bool HeadingDenies(std::string_view heading, const FileText& text, std::size_t first) {
  return HeadingDenies(heading, text, Places{first})[0];
}

// Between two places nothing is looked at twice: many of them may stand below one head.
std::vector<bool> HeadingDenies(std::string_view heading, const FileText& text, const Places& places) {
  constexpr std::size_t kMost = 2000;  // lines of a part
  constexpr std::size_t kNone = std::string_view::npos;
  std::vector<bool> denied(places.size());
  const FileText::Index& index = text.index();
  const auto found = index.ids.find(heading);
  if (DeclaredName(heading).empty() || found == index.ids.end()) return denied;
  const std::string_view kind = WordAt(heading, 0);
  const auto begin = index.places.begin() + index.first[found->second],
             end = index.places.begin() + index.first[found->second + 1];
  std::size_t above = kNone,
              seen = 0;       // the nearest head above the place, and the line behind those seen below it
  std::size_t other = kNone;  // how far in the outermost head of that kind stands among these
  for (std::size_t i = 0; i < places.size(); ++i) {
    // The place may be a number that somebody made up.
    const std::size_t place = std::min(places[i], text.lines().size());
    const auto behind = std::lower_bound(begin, end, place);
    const std::size_t head = behind == begin ? kNone : *std::prev(behind);
    if (head == kNone || place - head > kMost) {
      denied[i] = *begin >= place;  // it is not above: then it stands behind
      continue;
    }
    if (std::exchange(above, head) != head) seen = head + 1, other = kNone;
    for (; seen < place; ++seen) {
      const std::string_view line = text.lines()[seen];
      const std::size_t depth = IndentOf(line).size();
      if (!kind.empty() && depth < other && WordAt(Trim(line), 0) == kind && !DeclaredName(line).empty())
        other = depth;
    }
    denied[i] = other <= IndentOf(text.lines()[head]).size();
  }
  return denied;
}

std::size_t Misnamed(const std::vector<OldLine>& olds, const FileText& text, const Alignment& lines) {
  for (const Unfound& wrong : UnfoundIn(olds, text, lines)) {
    const std::string_view name = DeclaredName(olds[wrong.old].text);
    auto names = [&](std::string_view line) { return DeclaredName(line) == name; };
    if (!name.empty() && std::none_of(wrong.begin, wrong.end, names)) return wrong.old;
  }
  return olds.size();
}

std::size_t OtherValue(const std::vector<OldLine>& olds, const FileText& text, const Alignment& lines) {
  std::unordered_map<std::string_view, std::size_t> counts;  // of the fields of the file, when needed
  for (const Unfound& wrong : UnfoundIn(olds, text, lines)) {
    const std::string_view field = FieldOf(olds[wrong.old].text);
    auto has = [&](std::string_view line) { return FieldOf(line) == field; };
    if (field.empty() || std::none_of(wrong.begin, wrong.end, has)) continue;
    if (counts.empty())
      for (std::string_view line : text.lines()) ++counts[FieldOf(line)];
    if (counts[field] > 1) return wrong.old;
  }
  return olds.size();
}

std::ptrdiff_t UnknownHead(const Hunk& hunk, const std::vector<OldLine>& olds, const FileText& text,
                           const Alignment& lines) {
  std::size_t changed = 0, old = 0;  // no old line from `changed` on is followed by a change
  for (const HunkLine& line : hunk.lines) {
    if (line.sign != ' ') changed = line.sign == '-' ? old + 1 : old;
    old += line.sign != '+';
  }
  auto line_of = [&](std::ptrdiff_t at) { return text.lines()[static_cast<std::size_t>(at)]; };
  std::ptrdiff_t last = kNowhere;
  for (std::size_t i = 0; i < changed; ++i) {
    if (olds[i].elision) last = kNowhere;
    if (lines[i] == kNowhere || olds[i].blank) continue;
    const std::size_t indent = IndentOf(line_of(lines[i])).size();
    for (std::ptrdiff_t at = last == kNowhere ? lines[i] : last + 1; at < lines[i]; ++at) {
      const std::string_view head = line_of(at);
      const std::size_t depth = IndentOf(head).size();
      if (!DeclaredName(head).empty() && (depth < indent || (depth == indent && IsTitle(head)))) return at;
    }
    last = lines[i];
  }
  return kNowhere;
}

std::vector<bool> EnclosesChange(const Hunk& hunk) {
  std::vector<bool> encloses;
  // What is indented less than this has a change within, with nothing between that ends it.
  std::size_t within = 0;
  for (auto line = hunk.lines.rbegin(); line != hunk.lines.rend(); ++line) {
    const bool blank = Trim(line->text).empty();
    const std::size_t indent = IndentOf(line->text).size();
    if (line->sign != '+') encloses.push_back(!blank && indent < within);
    if (blank) continue;
    // The head of a bracket that stands alone is as far in as the bracket.
    const std::size_t edge = Trim(line->text) == "{" && indent < within ? indent + 1 : indent;
    within = line->sign == ' ' ? std::min(within, edge) : edge;
  }
  std::reverse(encloses.begin(), encloses.end());
  return encloses;
}

}  // namespace mamc::edit
