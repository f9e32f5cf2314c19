#include "contiguous.hpp"

#include <algorithm>

#include "words.hpp"

namespace mamc::edit {
namespace {

// Knuth, Morris and Pratt over whole lines: linear whatever the lines repeat.
template <class Line>
Places FindAll(const std::vector<Line>& text, const std::vector<Line>& wanted) {
  Places places;
  std::vector<std::size_t> fallback(wanted.size(), 0);
  for (std::size_t i = 1, k = 0; i < wanted.size(); ++i) {
    while (k > 0 && wanted[i] != wanted[k]) k = fallback[k - 1];
    if (wanted[i] == wanted[k]) ++k;
    fallback[i] = k;
  }
  for (std::size_t i = 0, k = 0; i < text.size(); ++i) {
    while (k > 0 && text[i] != wanted[k]) k = fallback[k - 1];
    if (text[i] == wanted[k]) ++k;
    if (k < wanted.size()) continue;
    places.push_back(i + 1 - k);
    k = fallback[k - 1];
  }
  return places;
}

Places FindFromRarest(const FileText::Index& index, const std::vector<OldLine>& olds, std::size_t rarest) {
  Places places;
  const auto id = static_cast<std::size_t>(olds[rarest].id);
  for (std::uint32_t i = index.first[id]; i < index.first[id + 1]; ++i) {
    const std::size_t line = index.places[i];
    if (line < rarest || line - rarest + olds.size() > index.line_ids.size()) continue;
    const std::size_t first = line - rarest;
    bool same = true;
    for (std::size_t k = 0; same && k < olds.size(); ++k) same = index.line_ids[first + k] == olds[k].id;
    if (same) places.push_back(first);
  }
  return places;
}

// Whether to compare all lines at each of so many places costs no more than to go through the file.
bool IsCheapToCompare(std::size_t places, const FileText& text, const std::vector<OldLine>& olds) {
  return places * olds.size() <= 4 * (text.lines().size() + olds.size());
}

}  // namespace

Places Contiguous(const FileText& text, const std::vector<OldLine>& olds) {
  if (olds.empty()) return {};
  const FileText::Index& index = text.index();
  std::size_t rarest = 0;
  auto count = [&](std::size_t i) { return index.Count(static_cast<std::uint32_t>(olds[i].id)); };
  for (std::size_t i = 0; i < olds.size(); ++i) {
    if (olds[i].id < 0) return {};
    if (count(i) < count(rarest)) rarest = i;
  }
  if (!IsCheapToCompare(count(rarest), text, olds)) {
    std::vector<std::uint32_t> ids;
    for (const OldLine& old : olds) ids.push_back(static_cast<std::uint32_t>(old.id));
    return FindAll(index.line_ids, ids);
  }
  return FindFromRarest(index, olds, rarest);
}

Grade GradeAt(const FileText& text, const std::vector<OldLine>& olds, std::size_t first) {
  Grade grade = Grade::kExact;
  for (std::size_t i = 0; i < olds.size(); ++i) {
    const std::string_view line = text.lines()[first + i];
    if (WithoutCr(line) == WithoutCr(olds[i].text)) continue;
    if (TrimEnd(line) != TrimEnd(olds[i].text)) return Grade::kIndent;
    grade = Grade::kLineEnds;
  }
  return grade;
}

Places OfGrade(const Places& all, Grade grade, const FileText& text, const std::vector<OldLine>& olds) {
  if (grade == Grade::kIndent) return all;
  Places places;
  if (IsCheapToCompare(all.size(), text, olds)) {
    for (std::size_t place : all)
      if (GradeAt(text, olds, place) <= grade) places.push_back(place);
    return places;
  }
  auto alike = [grade](std::string_view line) {
    return grade == Grade::kExact ? WithoutCr(line) : TrimEnd(line);
  };
  std::vector<std::string_view> lines, wanted;
  for (std::string_view line : text.lines()) lines.push_back(alike(line));
  for (const OldLine& old : olds) wanted.push_back(alike(old.text));
  return FindAll(lines, wanted);
}

}  // namespace mamc::edit
