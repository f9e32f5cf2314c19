// What the words right above a fence ask for.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "markers.hpp"
#include "naming.hpp"

namespace mamc::edit {

// The last sentence above line `fence`; empty: none stands there.
std::string SentenceAbove(const std::vector<std::string_view>& lines, std::size_t fence);
// The one file that a sentence asks to change: "Add this line to `a.c`:"; empty: it asks for no such thing.
std::string AskedFile(std::string_view sentence);
// Whether a sentence asks to put what follows into a file: "Insert this after `load`:".
bool AsksToInsert(std::string_view sentence);
// Whether it speaks of how something is used, or of what that gives: "Example usage:".
bool SpeaksOfUse(std::string_view sentence);
// The file that a sentence asks to make of what follows: "Create a new file `a.c`:"; empty: none.
std::string AskedNewFile(std::string_view sentence, const Naming& naming);
// The file that a line says to be empty: "`a/__init__.py` (empty)"; empty: none.
std::string EmptyFile(std::string_view line);
// Whether the line says so of the file that is named above it: "(empty file)".
bool SaysEmpty(std::string_view line);

// Whether a fence shows how a program is run, or what it prints, and no file that is asked for.
bool ShowsUse(const Fence& fence, const std::string& path, std::string_view sentence, std::string_view first);

// The file that a sentence right above a fence of code names without asking for anything: "The test goes in
// `t.py`:"; empty: it names none, or shows how something is used.
std::string NamedForCode(const Fence& fence, std::string_view sentence);

// The file that a sentence right above a fence says to stand in it as it is to be: "Here's the updated
// `a.py`:"; empty: it names none so, or a part of one.
std::string UpdatedFile(const Fence& fence, std::string_view sentence);

// The file that a line of words alone orders to change, or `spoken` when it names none: "In `a.js`, replace
// `1` with `2`."; empty: it orders nothing that can be done.
std::string OrderedChange(std::string_view line, const std::string& spoken);

}  // namespace mamc::edit
