// What the words of an answer announce: a file that has to follow, a deletion that has to be made. What is
// announced and does not come is a problem.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

class Announced {
 public:
  enum class How {
    kFileLine,   // behind FILE:
    kNamed,      // alone on its line or in a heading
    kInPassing,  // only until other words follow
    kListed,     // so, below another item or the words above a list: the last may end an answer
    kLoose,      // so, and in a sentence
  };

  // The answer outlives it.
  explicit Announced(Answer& answer) : answer_(answer) {}

  // Edits and problems so far.
  std::size_t Found() const { return answer_.edits.size() + answer_.problems.size(); }

  void Name(const std::string& path, std::size_t line, How how);
  void Forget() { path_.clear(); }
  void ForgetAll() { Forget(), file_lines_.clear(), orders_.clear(), empty_.clear(); }
  // Words that name no file.
  void Words(bool heading);
  // The path that was announced last, when nothing was found since; empty: there is none.
  std::string Open() const;
  // The same, also when other words came behind it.
  std::string Spoken() const { return found_before_ == Found() && IsNew(spoken_) ? spoken_ : ""; }
  bool loose() const { return loose_; }
  // Whether no edit of the file was found so far.
  bool IsNew(const std::string& path) const;
  // Of edits that were found so far.
  std::size_t CountOf(const std::string& path) const;

  // Words that may ask to delete files, to rename one, to run a command that does, or to make an empty one.
  void HearOrder(std::string_view text, std::size_t line);
  // Commands that do so, in lines [begin, end) of a fence. Where use is shown, files are made for it.
  void HearCommands(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                    bool shows_use);

  // The words that an answer ends with.
  void HearLast(std::string_view text) { last_words_ = text; }

  // `last` is the last line of the answer that is not blank.
  void CheckEnd(std::size_t last);

 private:
  // FILE: and a path, which no edit had before.
  struct FileLine {
    std::size_t line;
    std::string path;
    std::size_t edits, problems;  // found before it
  };
  void CheckFileLines();
  // What some edit has to do with the file, or else there is a problem.
  struct Order {
    std::size_t line;
    std::string path, problem;
    Act act;
  };
  // Whether an edit does it; what only lacks the mode gets it.
  bool Fill(const Order& order, const std::vector<std::size_t>& edits);
  void OrderDeletion(std::string path, std::size_t line);
  void HearCommand(Command command, std::size_t line);
  void HearEmpty(std::string_view text, std::size_t line);
  void MakeEmptyFiles();

  Answer& answer_;
  std::vector<FileLine> file_lines_;
  std::string path_;
  How how_ = How::kNamed;
  bool loose_ = false;  // the last words named a file in a sentence
  std::size_t line_ = 0, found_before_ = 0;
  std::string spoken_;           // path_, and not forgotten
  std::string_view last_words_;  // empty: it ends in something else
  std::vector<Order> orders_;
  std::vector<std::pair<std::size_t, std::string>> empty_;  // files that are said to be so
  bool deleting_ = false;                                   // a list of files to delete has begun
  // Edits by path, of the first `counted_`.
  mutable std::unordered_map<std::string, std::size_t> counts_;
  mutable std::size_t counted_ = 0;
};

}  // namespace mamc::edit
