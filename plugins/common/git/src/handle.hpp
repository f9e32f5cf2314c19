// libgit2's objects as members that free themselves, and its return codes as Failures.
#pragma once
#include <git2.h>
#include <mamc/abi.h>

#include <mamc/cpp/children.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace mamc::git {

template <class T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};
template <class T, void (*Free)(T*)>
using Handle = std::unique_ptr<T, Freer<T, Free>>;

using RepositoryHandle = Handle<git_repository, git_repository_free>;
using IndexHandle = Handle<git_index, git_index_free>;
using TreeHandle = Handle<git_tree, git_tree_free>;
using CommitHandle = Handle<git_commit, git_commit_free>;
using BlobHandle = Handle<git_blob, git_blob_free>;
using ReferenceHandle = Handle<git_reference, git_reference_free>;
using SignatureHandle = Handle<git_signature, git_signature_free>;
using DiffHandle = Handle<git_diff, git_diff_free>;
using ConfigHandle = Handle<git_config, git_config_free>;
using RevwalkHandle = Handle<git_revwalk, git_revwalk_free>;
using OdbHandle = Handle<git_odb, git_odb_free>;
using ConflictsHandle = Handle<git_index_conflict_iterator, git_index_conflict_iterator_free>;
using StreamHandle = Handle<git_odb_stream, git_odb_stream_free>;

// Starts the library once per process.
void EnsureLibrary();
// "what: libgit2's words". The code follows libgit2's.
[[noreturn]] void ThrowLast(int error, const std::string& what);
inline void Check(int error, const std::string& what) {
  if (error < 0) ThrowLast(error, what);
}

// Fills a handle from a function whose first argument is the place for the object.
template <class H, class Function, class... Args>
H Make(const std::string& what, Function function, Args... args) {
  typename H::pointer object = nullptr;
  Check(function(&object, args...), what);
  return H(object);
}

git_oid ParseOid(std::string_view hex);  // MAMC_E_INVALID when it is no object name
std::string Hex(const git_oid& oid);

}  // namespace mamc::git
