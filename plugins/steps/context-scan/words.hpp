// Words as people and as programs write them: "parse_header", "ParseHeader" and "parsing headers" have the
// same stems.
#pragma once
#include <string>
#include <string_view>
#include <vector>

inline bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
inline bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
inline bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
inline bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
// Bytes beyond ASCII are letters.
inline bool StartsName(char c) {
  return IsLower(c) || IsUpper(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
inline bool ContinuesName(char c) {
  return StartsName(c) || IsDigit(c);
}

// The stems of the words that a text or an identifier consists of, in their order; without those that say
// nothing ("the", "and").
std::vector<std::string> StemsOf(std::string_view text);
