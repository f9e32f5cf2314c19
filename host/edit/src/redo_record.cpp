#include "redo_record.hpp"

#include <charconv>
#include <utility>

#include "gathering_writer.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::string_view kName = "mamc-edit-redo ", kEnd = "end\n";
constexpr std::string_view kOlderVersions[] = {"1\n", "2\n"};
constexpr std::string_view kMagic = "mamc-edit-redo 3\n";

class Writer {
 public:
  Writer(int fd, const std::string& what) : file_(fd, what) {}

  void Add(std::string_view bytes) { file_.Add(bytes); }
  void AddNumber(std::size_t number) { Add(std::to_string(number) + " "); }
  void AddText(std::string_view text) {
    AddNumber(text.size());
    Add(text);
  }
  void AddDelta(const Delta& delta) {
    AddNumber(delta.parts().size());
    for (const Delta::Part& part : delta.parts()) {
      Add(part.added ? "a " : "k ");
      AddNumber(part.begin);
      AddNumber(part.size);
    }
    AddText(delta.added());
  }
  Status Finish() { return file_.Finish(); }

 private:
  GatheringWriter file_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Redo> Read() {
    if (!StartsWith(text_, kMagic) || !EndsWith(text_, kEnd)) return std::nullopt;
    text_.remove_prefix(kMagic.size());
    Redo redo;
    redo.fingerprint = Text();
    const std::size_t count = Number();
    for (std::size_t i = 0; i < count && good_; ++i) {
      FileChange change;
      change.remove = Word() == "d";
      change.mode = static_cast<mode_t>(Number() & 07777);
      change.action = Text();
      change.path = Text();
      if (Number() == 1) change.before = TreeFile{Text()};
      change.delta = DeltaOn(change.old_text());
      redo.changes.push_back(std::move(change));
    }
    return good_ && text_ == kEnd ? std::optional<Redo>(std::move(redo)) : std::nullopt;
  }

 private:
  std::string_view Word() {
    const std::size_t space = text_.find(' ');
    good_ = good_ && space != std::string_view::npos;
    if (!good_) return {};
    std::string_view word = text_.substr(0, space);
    text_.remove_prefix(space + 1);
    return word;
  }
  std::size_t Number() {
    std::size_t number = 0;
    const std::string_view word = Word();
    good_ = good_ &&
            std::from_chars(word.data(), word.data() + word.size(), number).ptr == word.data() + word.size();
    return number;
  }
  Delta DeltaOn(std::string_view old_text) {
    std::vector<Delta::Part> parts;
    for (std::size_t left = Number(); left > 0 && good_; --left) {
      const bool added = Word() == "a";
      const std::size_t begin = Number();
      parts.push_back({added, begin, Number()});
    }
    Delta delta(std::move(parts), Text());
    good_ = good_ && delta.Fits(old_text.size());
    return delta;
  }
  std::string Text() {
    const std::size_t size = Number();
    good_ = good_ && size <= text_.size();
    if (!good_) return {};
    std::string value(text_.substr(0, size));
    text_.remove_prefix(size);
    return value;
  }

  std::string_view text_;
  bool good_ = true;
};

}  // namespace

Status WriteRedo(int fd, const Redo& redo, const std::string& what) {
  Writer writer(fd, what);
  writer.Add(kMagic);
  writer.AddText(redo.fingerprint);
  writer.AddNumber(redo.changes.size());
  for (const FileChange& change : redo.changes) {
    writer.Add(change.remove ? "d " : "w ");
    writer.AddNumber(change.mode);
    writer.AddText(change.action);
    writer.AddText(change.path);
    writer.AddNumber(change.before ? 1 : 0);
    if (change.before) writer.AddText(change.before->bytes);
    writer.AddDelta(change.delta);
  }
  writer.Add(kEnd);
  return writer.Finish();
}

std::optional<Redo> ReadRedo(std::string_view text) {
  return Reader(text).Read();
}

bool IsWhole(std::string_view text) {
  return EndsWith(text, kEnd);
}

bool IsOtherVersion(std::string_view text) {
  if (!StartsWith(text, kName) || StartsWith(text, kMagic)) return false;
  return !IsOneOf(text.substr(kName.size(), 2), kOlderVersions) || EndsWith(text, kEnd);
}

}  // namespace mamc::edit
