// What a line of prose says about the file that an edit behind it belongs to.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mamc::edit {

struct Naming {
  enum class Form {
    kNone,     // no path
    kMention,  // speaks of files, and does not say what follows
    kPlace,    // "Now the port in `a.c`:": the same in other words, which may be of another file
    kLoose,    // "In `a.c`, replace the loop with:": names the file of what stands right below
    kTight,    // a path with nothing but labels, signs of lists and a note around it: "2. `a.c` (new):"
  };
  Form form = Form::kNone;
  std::vector<std::string> paths;
  bool listed = false;    // an item of a list
  std::string another{};  // how it calls a file that it gives no path of
};

Naming NamingOf(std::string_view line);
// The path that a line within a fence of edits can only name; empty: it says something else.
std::string NamedOnLine(std::string_view line, const Naming& naming);

// Whether both may mean one file: the shorter is the end of the longer.
bool MayBeSame(std::string_view path, std::string_view other);

// The path that a line asks to delete, in any spelling of `DELETE: path`; empty: it asks for none.
std::string DeletedFile(std::string_view line);
// The paths of a sentence that speaks of their deletion: "Remove the files `a.c` and `b.c`."
std::vector<std::string> SpokenDeletions(std::string_view line);
// Whether the file that is spoken of is to be deleted: "Delete this file."
bool DeletesThis(std::string_view line);
// Whether the files of the list below are to be deleted: "Files to delete:".
bool BeginsDeletions(std::string_view line);
// The path that a sentence speaks of giving another name: "Rename `a.c` to `b.c`"; empty: it does not.
std::string SpokenRename(std::string_view line);

}  // namespace mamc::edit
