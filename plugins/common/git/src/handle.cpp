#include "handle.hpp"

#include <cerrno>
#include <cstring>

namespace mamc::git {
namespace {

mamc_code CodeOf(int error) {
  switch (error) {
    case GIT_ENOTFOUND:
      return MAMC_E_NOT_FOUND;
    case GIT_EINVALIDSPEC:
      return MAMC_E_INVALID;
    case GIT_ELOCKED:
    case GIT_EMODIFIED:
    case GIT_EEXISTS:
    case GIT_ECONFLICT:
    case GIT_EMERGECONFLICT:
      return MAMC_E_CONFLICT;
    case GIT_EOWNER:
      return MAMC_E_PERMISSION;
    default:
      return MAMC_E_FAILED;
  }
}

// libgit2 tells of the system's errors in words alone.
bool MeansFullDisk(std::string_view message) {
  for (int error : {ENOSPC, EDQUOT})
    if (message.find(std::strerror(error)) != std::string_view::npos) return true;
  return false;
}

}  // namespace

void EnsureLibrary() {
  static const int started = [] {
    int count = git_libgit2_init();
    // A receipt names a commit: it must still be there when the machine comes back from a power cut.
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    return count;
  }();
  Check(started, "start libgit2");
}

void ThrowLast(int error, const std::string& what) {
  const git_error* last = git_error_last();
  const std::string reason = last != nullptr ? last->message : "libgit2 gave no reason";
  throw sdk::Failure(MeansFullDisk(reason) ? MAMC_E_UNAVAILABLE : CodeOf(error), what + ": " + reason);
}

git_oid ParseOid(std::string_view hex) {
  git_oid oid;
  if (hex.size() != GIT_OID_HEXSZ || git_oid_fromstrn(&oid, hex.data(), hex.size()) != 0)
    throw sdk::Failure(MAMC_E_INVALID,
                       "'" + std::string(hex) + "' is not the name of a git object (40 hexadecimal digits)");
  return oid;
}

std::string Hex(const git_oid& oid) {
  char text[GIT_OID_HEXSZ + 1];
  git_oid_tostr(text, sizeof text, &oid);
  return text;
}

}  // namespace mamc::git
