// What must not stand in the address of a repository: messages, journals and process lists show it.
#pragma once
#include <string>
#include <string_view>

namespace mamc {

// How the tokens of git servers begin, by which they are known wherever they stand.
inline constexpr std::string_view kTokenBeginnings[] = {"ghp_", "gho_",        "ghu_",  "ghs_",
                                                        "ghr_", "github_pat_", "glpat-"};
// What stands before the host of scheme://login@host; empty: nothing does.
std::string_view LoginOf(std::string_view url);
// Whether it has a password or a token in it: scheme://user:password@host, scheme://token:@host, and
// scheme://token@host for a token that is known by its beginning; another one looks like a user.
bool HoldsPassword(std::string_view url);
// For people: with "***" as the login when that holds a password.
std::string ShownAddress(std::string url);
// What one that does is refused with, instead of being repeated.
inline constexpr char kHoldsPassword[] =
    "holds a password or a token, which messages, journals and process lists would show: leave it out, set "
    "GIT_TOKEN and name the host in workspaces.git.token_hosts";

}  // namespace mamc
