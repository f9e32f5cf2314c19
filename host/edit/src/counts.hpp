// What the stated counts of a hunk tell of lines whose sign was lost. They are wrong too often to refuse a
// hunk that fits; they speak when a line does not fit and they say why.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "align.hpp"
#include "file_text.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

constexpr std::size_t kNoLine = static_cast<std::size_t>(-1);

// As many lines are to be there afterwards as stated, but fewer were said to be there before: some of those
// that look like context are to be added.
bool SaysFewerOlds(const Hunk& hunk);
// Then the first line of context that is not at its place; kNoLine: there is none.
std::size_t LostPlus(const FileText& text, const Hunk& hunk, const std::vector<OldLine>& olds,
                     const Alignment& lines);
// The refusal.
std::string NotAdded(std::string_view line);

}  // namespace mamc::edit
