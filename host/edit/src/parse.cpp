// Implementation: one pass over the lines; each part tells the line behind it.
#include "mamc/edit/parse.hpp"

#include <algorithm>

#include "announced.hpp"
#include "apply_patch.hpp"
#include "asked.hpp"
#include "bare_json.hpp"
#include "blocks.hpp"
#include "claims.hpp"
#include "deletions.hpp"
#include "fence_name.hpp"
#include "fenced.hpp"
#include "file_text.hpp"
#include "joined.hpp"
#include "left_out_words.hpp"
#include "mamc/base/text.hpp"
#include "markers.hpp"
#include "naming.hpp"
#include "not_meant.hpp"
#include "parse_diff.hpp"
#include "parse_json.hpp"
#include "prose.hpp"
#include "reasoning.hpp"
#include "removals.hpp"
#include "said_part.hpp"
#include "server_tokens.hpp"
#include "shown.hpp"
#include "subject.hpp"
#include "unread.hpp"
#include "versions.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::string_view kFenceNotClosed = "the fence that begins here is not closed: the answer was cut";

class Parser {
 public:
  explicit Parser(std::string_view text)
      : lines_(ViewLines(text)), ended_(EndsWith(text, "\n")), json_(text, answer_) {
    if (StartsWith(text, kByteOrderMark)) lines_[0].remove_prefix(kByteOrderMark.size());
    if (AllCrlf(text))
      for (std::string_view& line : lines_) line = WithoutCr(line);
    last_ = LastWritten(lines_);
    reasoning_.Begin();
  }

  Answer Parse() {
    while (at_ < lines_.size()) Next();
    announced_.CheckEnd(last_);
    versions_.DropExamples(answer_, announced_);
    shown_.Check(answer_);
    parts_.Mark(answer_);
    not_meant_.Check(answer_);
    return std::move(answer_);
  }

 private:
  std::string_view line() const { return lines_[at_]; }
  void Problem(std::size_t line, std::string text) {
    answer_.problems.push_back({line + 1, std::move(text)});
  }

  void Next() {
    if (reasoning_.Skip(at_, Found() > 0)) return;
    // The rest of a line was looked at with it.
    if (left_at_ != at_ && reasoning_.SkipUnopened(at_, Found() > 0)) return ForgetWords();
    if (IsSearch(line())) return AddBlock({});
    if (BeginsPatch(lines_, at_) && IndentOf(line()).empty()) return Patch();
    if (Fence fence = OpenedBy(line()); fence.sign != 0) return Fenced(fence);
    if (IsDiffStart(lines_, at_) || IsHunkStart(lines_, at_))
      return Diff(at_, lines_.size(), false, subject_.path());
    if (MayBeginJson(lines_, at_) && JsonObject()) return;
    Prose();
  }

  // What the words before the end of reasoning said.
  void ForgetWords() {
    subject_.Forget();
    named_ = {};
    announced_.ForgetAll();
  }

  // ---- JSON

  bool JsonObject() {
    const BareJson::Object object = json_.Read(line(), at_);
    if (object.last)
      at_ = lines_.size();
    else if (!object.text.empty())
      LeaveJson(object.text);
    return object.last || !object.text.empty();
  }

  // What stands behind its end is answer.
  void LeaveJson(std::string_view object) {
    at_ += static_cast<std::size_t>(std::count(object.begin(), object.end(), '\n'));
    lines_[at_] = BehindObject(line(), object);
    left_at_ = at_;
    if (line().empty()) ++at_;
  }

  // ---- words

  void Prose() {
    const std::string_view text = Trim(line());
    if (at_ == last_) announced_.HearLast(text);
    if (std::string unread = UnreadWords(lines_, at_, last_); !unread.empty())
      Problem(at_, std::move(unread));
    reasoning_.CheckBehindWords(at_);
    if (NamesOperation(text) && text.find('`') == std::string_view::npos && !json_.unclosed())
      Problem(at_, std::string(kNotRead));
    claims_.Hear(text, at_, Found());
    parts_.Hear(text, at_);
    not_meant_.Hear(text, at_);
    removals_.Hear(text, Found());
    if (!ReadDeletion(text) && !text.empty()) NameBy(text);
    ++at_;
  }

  bool ReadDeletion(std::string_view text) {
    if (ReadDeletionLine(text, at_, answer_)) return true;
    announced_.HearOrder(text, at_);
    return false;
  }

  void NameBy(std::string_view text) {
    const Naming naming = NamingOf(text);
    const bool heading = StartsWith(text, "#"), tight = naming.form == Naming::Form::kTight;
    std::string named = NamedFile(text);
    const bool bold = IsBold(text) && BarePath(text).empty() && tight && announced_.IsNew(naming.paths[0]);
    if (named.empty() && (bold || (heading && tight))) named = naming.paths[0];
    if (!named.empty()) {
      announced_.Name(named, at_, IsFileLine(text) ? Announced::How::kFileLine : Announced::How::kNamed);
      named_ = {named, !SaysFile(text), !AskedNewFile(text, naming).empty()};
      subject_.Name(named);
      return;
    }
    named_ = {};
    announced_.Words(heading);
    const bool within = IsWithinParagraph(lines_, at_);
    std::string bare = within ? "" : BarePath(text);
    if (bare.empty() && !within && tight) bare = naming.paths[0];
    if (bare.empty() && IsWordAboveEdit(lines_, at_)) bare = text;
    const bool stacked = IsInStack(lines_, at_);
    if (LooksNamed(BarePath(text)) && !within && !stacked && announced_.IsNew(bare)) named_ = {bare, true};
    if (const std::string made = within ? "" : AskedNewFile(text, naming); announced_.IsNew(made))
      named_ = {made, true, true};
    if (bare.empty())
      subject_.Hear(naming);
    else if (naming.listed || stacked)
      subject_.NameInList(bare);
    else
      subject_.Name(bare);
    if (bare.empty() && naming.form == Naming::Form::kLoose)
      announced_.Name(naming.paths[0], at_, Announced::How::kLoose);
    else if (LooksNamed(bare))
      announced_.Name(bare, at_,
                      naming.listed && IsInList(lines_, at_)    ? Announced::How::kListed
                      : naming.listed || BarePath(text).empty() ? Announced::How::kInPassing
                                                                : Announced::How::kNamed);
  }

  // ---- what looks like an edit and is none refuses the answer: the rest alone would be a wrong tree

  std::size_t Found() const { return announced_.Found(); }

  // A fence without a path is an example, unless it holds or follows what belongs to an edit.
  void Example(const Fence& fence, std::size_t begin, std::size_t end, const FenceName& shown) {
    const bool behind_diff = fence.info.empty() && diff_found_ == Found();
    if (ParseProblem edit = EditWithin(lines_, at_, end, behind_diff); !edit.text.empty())
      return answer_.problems.push_back(std::move(edit));
    const std::string sentence = SentenceAbove(lines_, begin);
    if (fence.info.empty() || IsShell(fence.info))
      announced_.HearCommands(lines_, at_, end, SpeaksOfUse(sentence));
    if (ReadDeletions(lines_, at_, end, answer_)) return;
    if (versions_.IsAnother(subject_.path(), TextOf(lines_, at_, end, {}), 2))
      return Problem(begin, AnotherVersion(subject_.path()));
    const Replaces replaces = Found() > 0 ? ReplacesBy(lines_, begin) : Replaces::kNothing;
    if (replaces == Replaces::kPart || (replaces == Replaces::kAfter && !announced_.Spoken().empty()))
      return Problem(begin, std::string(kReplaceNotRead));
    const std::string named = announced_.Open();
    const bool example = announced_.loose() && (fence.info.empty() || IsShell(fence.info));
    if (named.empty() || example) return Show(fence, begin, end, shown, sentence);
    Problem(begin, NotKnownToBe(named));
    announced_.Forget();
  }

  // What it shows may be what the edits do.
  void Show(const Fence& fence, std::size_t begin, std::size_t end, const FenceName& shown,
            std::string_view sentence) {
    if (!shown.path.empty() && !SpeaksOfUse(sentence))
      shown_.Add(shown.path, begin, std::max(at_, shown.first), end);
    if (!shown.path.empty() || CountWritten(std::span(lines_).subspan(at_, end - at_)) == 0) return;
    std::string asked = AskedFile(sentence);
    if (asked.empty() && AsksToInsert(sentence)) asked = subject_.path();
    if (!asked.empty() && !ShowsUse(fence, asked, sentence, lines_[at_])) shown_.Add(asked, begin, at_, end);
    if (std::string named = asked.empty() ? NamedForCode(fence, sentence) : ""; !named.empty())
      shown_.AddNamed(std::move(named), begin, at_, end);
  }

  // ---- fences

  void Fenced(const Fence& fence) {
    const std::size_t begin = at_++;
    if (begin == last_ && fence.info.empty() && IsBehindBlock(lines_, begin)) return;
    if (IsDiffInfo(fence.info)) Outdent(lines_, fence, at_);
    FenceName file{PathInInfo(fence.info)};
    if (file.path.empty()) file = named_;
    named_ = {};
    std::size_t first = at_;
    while (first < lines_.size() && Trim(lines_[first]).empty()) ++first;
    const std::size_t second = first + 1;
    const std::string named = NamedInInfo(fence.info);
    if (std::string other = OtherNameRefusal(file.path, named); !other.empty()) Problem(begin, other);
    if (first < lines_.size() && IsSearch(lines_[first])) {
      if (!file.path.empty()) subject_.Name(file.path);
      if (file.path.empty() && !named.empty()) subject_.Name(named);
      return Blocks(fence, begin);
    }
    if (second < lines_.size() && IsSearch(lines_[second])) return Blocks(fence, begin);
    if (BeginsPatch(lines_, first)) return FencedPatch(fence, begin);
    if (IsDiffInfo(fence.info) || IsDiffStart(lines_, first) ||
        (first < lines_.size() && StartsWith(lines_[first], "@@ ")))
      return FencedDiff(fence, begin, file.path.empty() ? named : file.path);
    if (file.path.empty() && !named.empty()) file = {named, true, false, true};
    if (file.path.empty() && first < lines_.size()) file = NameByFirstLine(lines_, fence, first);
    if (file.path.empty()) file = NameByWords(fence, begin);
    Whole(fence, begin, file);
  }

  // Below such words JSON tells of edits itself, and a file that was edited is shown.
  FenceName NameByWords(const Fence& fence, std::size_t begin) const {
    FenceName file{UpdatedFile(fence, SentenceAbove(lines_, begin)), true};
    file.by_words = true;
    if (!announced_.IsNew(file.path) || at_ >= lines_.size()) return {};
    const bool edits =
        MayBeginJson(lines_, at_) && MayHoldEdits(TextOf(lines_, at_, FirstClose(lines_, fence, at_), {}));
    return edits ? FenceName() : file;
  }

  // A snippet of a file that was edited before is an example; of one that was given whole it may be a
  // version.
  bool MayBeFile(const std::string& path) const { return announced_.IsNew(path) || versions_.Has(path); }

  void FencedDiff(const Fence& fence, std::size_t begin, const std::string& path) {
    const std::size_t end = FirstClose(lines_, fence, at_);
    if (end >= lines_.size()) {
      Problem(begin, std::string(kFenceNotClosed));
    } else {
      reasoning_.CheckWithin(at_, end);
      const std::size_t found = Found();
      CheckNoDeletion(lines_, at_, end, false, answer_);
      Diff(at_, end, true, path.empty() ? subject_.path() : path);
      if (found == Found() && IsDiffInfo(fence.info)) Problem(begin, std::string(kDiffWithoutChanges));
      if (DiffGoesOn(lines_, end)) Problem(end, std::string(kDiffGoesOn));
      diff_found_ = Found();
    }
    at_ = end + 1;
  }

  void Patch() {
    at_ = ParsePatch(lines_, at_, lines_.size(), answer_);
    EndPatch();
  }

  void FencedPatch(const Fence& fence, std::size_t begin) {
    Outdent(lines_, fence, at_);
    const std::size_t end = FirstClose(lines_, fence, at_);
    if (end >= lines_.size()) Problem(begin, std::string(kFenceNotClosed));
    reasoning_.CheckWithin(at_, end);
    ParsePatches(lines_, at_, end, answer_);
    at_ = end + 1;
    EndPatch();
  }

  void EndPatch() {
    named_ = {};
    if (!answer_.edits.empty()) subject_.Name(answer_.edits.back().path);
    subject_.Used();
  }

  void Diff(std::size_t begin, std::size_t end, bool fenced, const std::string& path) {
    const std::size_t found = answer_.edits.size();
    const std::string doubt = path == subject_.path() ? subject_.doubt() : std::string();
    at_ = ParseDiff(lines_, {begin, end, fenced, path}, answer_);
    for (std::size_t i = found; i < answer_.edits.size(); ++i) {
      Edit& edit = answer_.edits[i];
      if (edit.headed || edit.path != path) continue;
      if (!doubt.empty()) Problem(begin, UnclearFile(doubt));
      if (path != subject_.path()) continue;
      edit.other_path = subject_.longer();
      edit.rival = subject_.rival();
    }
    named_ = {};
    if (answer_.edits.size() > found) subject_.Name(answer_.edits.back().path);
    subject_.Used();
  }

  void Blocks(const Fence& fence, std::size_t begin) {
    std::size_t left = lines_.size();  // the first line of words or code behind the last block
    bool announced = false;            // what follows is told of
    while (at_ < lines_.size() && !Closes(fence, line())) {
      if (IsSearch(line())) {
        AddBlock(fence);
        left = lines_.size(), announced = false;
        continue;
      }
      if (IsForeignMarker(line())) Problem(at_, NotReadWords(line()));
      if (ReadDeletion(Trim(line()))) {
        ++at_;
        continue;
      }
      const Naming naming = NamingOf(line());
      const std::string named = NamedOnLine(line(), naming);
      if (IsFileLine(line()) && !named.empty())
        announced_.Name(named, at_, Announced::How::kFileLine), announced = true;
      if (!named.empty())
        subject_.Name(named);
      else if (IsSigned(line()) || IsHunkStart(lines_, at_) || IsDiffStart(lines_, at_))
        Problem(at_, "a line of a diff stands beside a block in its fence: put each into a fence of its own");
      else if (!Trim(line()).empty())
        subject_.Hear(naming), left = std::min(left, announced || IsElision(line()) ? left : at_);
      ++at_;
    }
    if (left < at_)
      Problem(left,
              "this line stands behind the last block of its fence and belongs to none: put it into a block");
    if (at_ >= lines_.size() && answer_.problems.empty()) Problem(begin, std::string(kFenceNotClosed));
    ++at_;
  }

  void AddBlock(const Fence& around) {
    const std::size_t begin = at_;
    if (const std::string named = PathOnMarker(line()); !named.empty()) {
      if (subject_.IsAnother(named)) Problem(begin, TwoNames(named, subject_.path()));
      subject_.Name(named);
    }
    if (!subject_.doubt().empty()) Problem(begin, UnclearFile(subject_.doubt()));
    Block block = ReadBlock(lines_, begin, subject_.path(), around);
    subject_.Used();
    named_ = {};
    at_ = block.end;
    if (!block.problem.empty()) return Problem(begin, std::move(block.problem));
    if (at_ == lines_.size() && !ended_ && IsWordlessEnd(lines_.back()))
      return Problem(begin,
                     "the answer ends within >>>>>>> REPLACE of the block that begins here: it was cut");
    block.edit.other_path = subject_.longer();
    block.edit.rival = subject_.rival();
    answer_.edits.push_back(std::move(block.edit));
  }

  void Whole(const Fence& fence, std::size_t begin, FenceName file) {
    const FenceName shown = file;
    if (file.snippet && (!MayBeFile(file.path) || IsUsageOf(file, begin))) file = {};
    at_ = std::max(at_, file.first);
    const std::string& path = file.path;
    const auto [end, clear] =
        path.empty() ? FileEnd{FirstClose(lines_, fence, at_)} : ends_.EndOf(fence, at_);
    if (end >= lines_.size()) {
      Problem(begin, std::string(kFenceNotClosed));
    } else if (!clear) {
      Problem(begin, "where '" + path +
                         "' ends is not clear, for fences without a word are in it or behind it: put ```` "
                         "around the file");
    } else if (path.empty()) {
      const std::size_t found = Found();
      ParseJsonInFence(lines_, at_, end, answer_);
      if (found == Found()) Example(fence, begin, end, shown);
    } else if (BeginsForeign(lines_, at_)) {
      Problem(at_, NotReadWords(line()));
    } else {
      reasoning_.CheckWithin(at_, end);
      AddWhole(fence, begin, end, file);
    }
    at_ = end + 1;
  }

  // A program that shows how the new code is used is often given a name.
  bool IsUsageOf(const FenceName& file, std::size_t begin) const {
    return !file.head.empty() && !versions_.Has(file.path) && SpeaksOfUse(SentenceAbove(lines_, begin));
  }

  void AddWhole(const Fence& fence, std::size_t begin, std::size_t end, const FenceName& file) {
    Edit edit{EditKind::kWhole, file.path, "", "", begin + 1};
    edit.by_heading = file.by_heading;
    edit.by_words = file.by_words;
    edit.said_new = file.said_new;
    edit.said_whole = claims_.IsWhole(begin, Found());
    edit.said_removed = claims_.HasRemoved(Found());
    edit.said_imports = removals_.AreOfImports(Found());
    edit.fence = fence.info.substr(0, fence.info.find_first_of(" :{"));
    edit.head = file.head;
    edit.content = TextOf(lines_, at_, end, IndentOf(lines_[begin]));
    if (file.snippet && versions_.Has(file.path)) {
      if (versions_.IsAnother(file.path, edit.content, 1)) Problem(begin, AnotherVersion(file.path));
      return;
    }
    if (file.snippet || file.by_words) {
      versions_.MayBeExample(answer_.edits.size());
      shown_.Add(file.path, begin, at_, end);
    }
    versions_.Add(file.path, edit.content);
    CheckOneFile(lines_, at_, end, file.path, answer_);
    CheckNoDeletion(lines_, at_, end, true, answer_);
    subject_.Name(file.path);
    subject_.Used();
    answer_.edits.push_back(std::move(edit));
  }

  std::vector<std::string_view> lines_;
  bool ended_;            // in a line end
  std::size_t last_ = 0;  // line
  Answer answer_;
  Reasoning reasoning_{lines_, answer_};
  Announced announced_{answer_};
  BareJson json_;
  FileEnds ends_{lines_};
  std::size_t at_ = 0;
  std::size_t left_at_ = std::string_view::npos;  // JSON stood at the begin of this line
  FenceName named_;                               // a whole file is announced
  Subject subject_;
  std::size_t diff_found_ = std::string_view::npos;  // how much was found when a fence with a diff ended
  Claims claims_;
  SaidParts parts_;
  NotMeant not_meant_;
  Removals removals_;
  Versions versions_;
  Shown shown_{lines_};
};

}  // namespace

Finish FinishOf(std::string_view reason) {
  return MeansCut(reason) ? Finish::kCut : Finish::kWhole;
}

Answer ParseAnswer(std::string_view text, Finish finish) {
  Answer answer = Parser(WithoutServerTokens(text)).Parse();
  if (finish == Finish::kCut)
    answer.problems.push_back({1, "the answer was cut before its end: send it again, in smaller parts"});
  return answer;
}

}  // namespace mamc::edit
