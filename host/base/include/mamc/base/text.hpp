// Text helpers that more than one layer needs: hashes, edit distance for "did you mean", UTF-8.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mamc {

// SHA-256 as 64 lower-case hexadecimal digits.
std::string Sha256(std::string_view bytes);
// `bytes` random bytes from the system, in hexadecimal.
std::string RandomHex(std::size_t bytes);
bool IsUtf8(std::string_view text);
bool Contains(std::string_view text, std::string_view part);
// How many characters UTF-8 text has.
std::size_t CodePoints(std::string_view text);
// With small letters in place of capitals; other than ASCII stays as it is.
std::string Lower(std::string_view text);
// Runs of the characters that paths have, as they stand in a text: letters, digits, anything but ASCII, and
// _ - . / + @.
std::vector<std::string_view> PathWordsIn(std::string_view text);
// Lower-case letters, digits and single dashes, at most `max` characters: "Fix: the parser!" ->
// "fix-the-parser".
std::string Slug(std::string_view text, std::size_t max = 40);
// Head and tail of a long text with a line that says how much is missing between them; cut at UTF-8 borders.
std::string HeadAndTail(std::string_view text, std::size_t max_bytes);
// What a text says, on one line of at most `max_bytes`: its first line and, where that ends with a colon, the
// line of those after it that tells most. When the two are too long together, the first one is cut.
std::string Gist(std::string_view text, std::size_t max_bytes = 240);
// Whether a model server's reason for the end of an answer ("length", "MAX_TOKENS", ...) means that it was
// cut. Servers have ever more such words: all but those for an end of the model's own do.
bool MeansCut(std::string_view finish_reason);
// A word as a POSIX shell takes it, quoted when it has to be: for a command that a person pastes.
std::string ShellWord(const std::string& text);
// The candidate nearest to `word` by edit distance, when it is near enough to be a slip of the finger; else
// empty.
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);
// " (did you mean 'x'?)" or nothing.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace mamc
