// Where the lines of a hunk lie in a file in one piece.
#pragma once
#include <cstddef>
#include <vector>

#include "align.hpp"
#include "file_text.hpp"
#include "mamc/edit/grade.hpp"

namespace mamc::edit {

using Places = std::vector<std::size_t>;

// Where all lines follow each other, but for the space around them; nowhere when there are none.
Places Contiguous(const FileText& text, const std::vector<OldLine>& olds);
// How alike the lines are at one of these places.
Grade GradeAt(const FileText& text, const std::vector<OldLine>& olds, std::size_t first);
// Those of the places of Contiguous where the lines are alike to that grade.
Places OfGrade(const Places& all, Grade grade, const FileText& text, const std::vector<OldLine>& olds);

}  // namespace mamc::edit
