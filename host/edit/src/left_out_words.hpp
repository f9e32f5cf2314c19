// What a line says of code that is not shown, by its words and signs and not by its place.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace mamc::edit {

// `...` or its one sign.
bool IsBareDots(std::string_view line);
// Such dots in a comment or in brackets as well: `# ...`, `[...]`.
bool IsDotsOrComment(std::string_view line);
// A comment that says in a common phrase that code was left out here: `// ... rest of the code`.
bool IsLazyComment(std::string_view line);
// Bare dots or such a comment.
bool IsElision(std::string_view line);
// What stands on the line where a body should: `{ ... }`, `{ /* words */ }`, `pass  # words`.
std::string_view InPlaceOfBody(std::string_view line);
// What stands within a comment's signs; empty when the line is no comment.
std::string_view CommentText(std::string_view line);

// Whether the word is one of those that such lines are made of, in small letters.
bool IsWordOfLeftOut(std::string_view word);

enum class LeftOut {
  kNo,
  kHint,    // `// loading...`: with lines that are gone, when no code stands below it
  kMaybe,   // with lines that are gone
  kLikely,  // unless it stands above code and no line is gone: `# keep the other files`
  kSurely,
};
// Whether a comment, or a line in brackets or with dots, says that code stays which is not shown. It is known
// by its words and not by phrases.
LeftOut LeftOutIn(const std::string& path, std::string_view line);

}  // namespace mamc::edit
