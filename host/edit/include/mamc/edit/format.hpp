// The forms in which a model can write edits. ParseAnswer takes them all, mixed; a form is named only to ask
// a model for it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mamc::edit {

enum class Format { kBlocks, kWhole, kDiff, kJson };

std::string_view FormatName(Format format);  // "search-replace", "whole-file", "diff", "json"
std::optional<Format> FormatNamed(std::string_view name);
// What tells a model to write its edits so.
std::string_view FormatInstructions(Format format);

}  // namespace mamc::edit
