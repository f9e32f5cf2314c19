#include "shell_text.hpp"

namespace mamc::workflow {
namespace {

// Follows the quoting of a shell text, piece after piece.
class ShellQuoting {
 public:
  enum Context { kBare, kSingle, kDouble, kBackquote, kArithmetic };

  void Feed(std::string_view text);
  void SkipWord() { last_ = 'x'; }
  Context context() const { return open_.back(); }
  bool escaped() const { return escaped_; }
  bool here_document() const { return here_document_; }
  bool within(Context wanted) const { return std::find(open_.begin(), open_.end(), wanted) != open_.end(); }

 private:
  void FeedBare(std::string_view text, std::size_t& i);
  bool Opens(std::string_view text, std::size_t& i);

  std::vector<Context> open_ = {kBare};
  bool escaped_ = false;
  bool here_document_ = false;
  bool comment_ = false;
  char last_ = '\n';
};

void ShellQuoting::Feed(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    char before = std::exchange(last_, c);
    if (comment_) {
      comment_ = c != '\n';
      continue;
    }
    if (std::exchange(escaped_, false)) continue;
    if (context() == kSingle) {
      if (c == '\'') open_.pop_back();
      continue;
    }
    bool word_start = std::string_view(" \t\n;&|(").find(before) != std::string_view::npos;
    if (c == '#' && word_start && context() != kDouble) {
      comment_ = true;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (!Opens(text, i)) {
      FeedBare(text, i);
    }
  }
}

// $( and $(( and backquotes open something both in bare text and between double quotes.
bool ShellQuoting::Opens(std::string_view text, std::size_t& i) {
  if (text[i] == '`') {
    if (within(kBackquote))
      while (open_.size() > 1 && open_.back() != kBackquote) open_.pop_back();
    if (context() == kBackquote)
      open_.pop_back();
    else
      open_.push_back(kBackquote);
    return true;
  }
  if (text.substr(i).starts_with("$((")) {
    open_.push_back(kArithmetic);
    open_.push_back(kArithmetic);
    i += 2;
    return true;
  }
  if (text.substr(i).starts_with("$(")) {
    open_.push_back(kBare);
    ++i;
    return true;
  }
  if (text[i] != '"') return false;
  if (context() == kDouble)
    open_.pop_back();
  else
    open_.push_back(kDouble);
  return true;
}

void ShellQuoting::FeedBare(std::string_view text, std::size_t& i) {
  if (context() == kDouble) return;
  char c = text[i];
  if (c == '\'') {
    open_.push_back(kSingle);
  } else if (c == '(') {
    open_.push_back(context());
  } else if (c == ')') {
    if (open_.size() > 1) open_.pop_back();
  } else if (c == '<' && text.substr(i).starts_with("<<<")) {
    i += 2;
  } else if (c == '<' && text.substr(i).starts_with("<<")) {
    here_document_ = true;
    ++i;
  }
}

// Why no template may stand here, or nothing.
std::string_view Refusal(const ShellQuoting& quoting) {
  if (quoting.escaped()) return "a backslash stands before the template";
  if (quoting.within(ShellQuoting::kBackquote)) return "the template stands in backquotes; write $(...)";
  if (quoting.within(ShellQuoting::kArithmetic))
    return "the template stands in $((...)), where a shell computes with it";
  if (quoting.here_document()) return "the template stands behind <<, where quotes mean something else";
  return {};
}

std::string Word(const ShellQuoting& quoting, const std::string& name) {
  switch (quoting.context()) {
    case ShellQuoting::kSingle:
      return "'\"$" + name + "\"'";
    case ShellQuoting::kDouble:
      return "${" + name + "}";
    default:
      return "\"$" + name + "\"";
  }
}

}  // namespace

TemplatePtr ShellTemplate(const std::string& text, const Place& at, std::vector<ShellVariable>& variables,
                          std::vector<SyntaxError>& errors) {
  std::vector<Piece> pieces = ScanText(text, at, errors);
  if (pieces.size() == 1 && pieces[0].literal.empty() && pieces[0].expression)
    return ValueNode(std::move(*pieces[0].expression));
  std::string command;
  ShellQuoting quoting;
  for (Piece& piece : pieces) {
    quoting.Feed(piece.literal);
    command += piece.literal;
    if (!piece.expression) continue;
    quoting.SkipWord();
    if (std::string_view reason = Refusal(quoting); !reason.empty())
      errors.push_back({at, "${" + piece.expression->text() + "}: " + std::string(reason) +
                                "; set a variable under params.env and use that"});
    std::string name = "MAMC_ARG_" + std::to_string(variables.size() + 1);
    command += Word(quoting, name);
    variables.push_back({std::move(name), std::move(*piece.expression)});
  }
  return ConstantNode(std::move(command));
}

}  // namespace mamc::workflow
