// Lines that name the part of a file they stand in: the head of a function or a type, a key, a section.
#pragma once
#include <string_view>
#include <vector>

#include "contiguous.hpp"
#include "file_text.hpp"
#include "pattern.hpp"

namespace mamc::edit {

// What the line gives a name to: the function, the type, the key, the title; empty when it names nothing.
std::string_view DeclaredName(std::string_view line);

// The title of a section, the stage of a Dockerfile, the `- name:` of an item: what follows belongs to it up
// to the next, however it is indented.
bool IsTitle(std::string_view line);

// A line of words, in most languages.
bool IsComment(std::string_view line);

// A line behind which a part begins, whatever it is called: `if (a) {`, `case b:`, `f x = do`.
bool OpensPart(std::string_view line);
// The same by the line's last sign or word alone: what follows is within it.
bool EndsOpen(std::string_view line);

// Whether what git writes behind the second @@ of a hunk, the head of the part, says that the hunk does not
// lie at line `first`: the head stands only behind it, or another one stands between. One that is not in the
// file says nothing. REQUIRES: the file has the line.
bool HeadingDenies(std::string_view heading, const FileText& text, std::size_t first);
// The same for each of many lines, ascending.
std::vector<bool> HeadingDenies(std::string_view heading, const FileText& text, const Places& places);
// Whether such a head is one of a part that the file does not have.
bool NamesNoPart(std::string_view heading, const FileText& text);

// The first old line that names something which is not where these lines lie: whatever else fits, the hunk
// means another place. `olds.size()`: there is none. A head that has changed but for its name is the same.
std::size_t Misnamed(const std::vector<OldLine>& olds, const FileText& text, const Alignment& lines);

// The first line of context whose field, `"user": "bob"`, has another value where these lines lie, and which
// several parts of the file have: it may be what tells them apart. `olds.size()`: there is none.
std::size_t OtherValue(const std::vector<OldLine>& olds, const FileText& text, const Alignment& lines);

// The first head of the file that lies between two old lines, has what changes behind it within, and is not
// among the old lines: the hunk reaches into a part that it does not know of. kNowhere: there is none.
std::ptrdiff_t UnknownHead(const Hunk& hunk, const std::vector<OldLine>& olds, const FileText& text,
                           const Alignment& lines);

// For each old line, whether something that changes stands within it by its indentation: such a line tells
// the part in any language.
std::vector<bool> EnclosesChange(const Hunk& hunk);

}  // namespace mamc::edit
