// Members of the JSON objects that the plugins on top of mamc::git are called with.
#pragma once
#include <mamc/abi.h>

#include <mamc/cpp/children.hpp>
#include <optional>
#include <string>

#include "mamc/git/repo.hpp"

namespace mamc::git {

// Empty when it is absent or no text.
inline std::string Text(const sdk::Json& object, const char* key) {
  if (!object.is_object()) return {};
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

inline std::string RequiredText(const sdk::Json& object, const char* key) {
  std::string text = Text(object, key);
  if (text.empty()) throw sdk::Failure(MAMC_E_INVALID, std::string("'") + key + "' is missing or empty");
  return text;
}

inline std::optional<Author> AuthorIn(const sdk::Json& object) {
  if (!object.is_object()) return std::nullopt;
  auto found = object.find("author");
  if (found == object.end() || !found->is_object()) return std::nullopt;
  return Author{RequiredText(*found, "name"), RequiredText(*found, "email")};
}

}  // namespace mamc::git
