#include "redo.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "mamc/edit/apply.hpp"
#include "redo_record.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kMaxRecordBytes = std::size_t{3} << 30;  // old and new text of all files
constexpr int kMostKept = 1000;

struct Place {
  Descriptor folder;
  std::string name;
};

// For people.
std::string FullName(const Place& place) {
  std::error_code error;
  const auto folder =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(place.folder.get()), error);
  return error ? place.name : (folder / place.name).string();
}

// The git directory that a `.git` file names.
Descriptor LinkedGitFolder(int root) {
  Descriptor link(::openat(root, ".git", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!link) return {};
  auto text = ReadAll(link.get(), 4096, ".git");
  if (!text.ok() || !StartsWith(*text, "gitdir: ")) return {};
  const std::string path(Trim(std::string_view(*text).substr(8, text->find('\n') - 8)));
  Descriptor folder(::openat(root, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder && ::faccessat(folder.get(), "HEAD", F_OK, 0) == 0 ? std::move(folder) : Descriptor();
}

// Where the record may lie, the best place first. Never in the tree: what lies there, a model may have
// written.
std::vector<Place> Places(const Tree& tree) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  std::vector<Place> places;
  Descriptor git(::openat(tree.fd(), ".git", kFlags));
  if (!git) git = LinkedGitFolder(tree.fd());
  if (git) places.push_back({std::move(git), std::string(kRedoSuffix.substr(1))});
  std::error_code error;
  const std::filesystem::path full = std::filesystem::canonical(tree.path(), error);
  if (!error && full.has_filename()) {
    Descriptor parent(::openat(tree.fd(), "..", kFlags));
    if (parent)
      places.push_back({std::move(parent), "." + full.filename().string() + std::string(kRedoSuffix)});
  }
  return places;
}

Status Do(Tree& tree, const FileChange& change) {
  return change.remove ? tree.Remove(change.path)
                       : tree.Write(change.path, change.delta.On(change.old_text()), change.mode);
}

// What goes makes room for what comes: a file for a folder of that name.
Status DoAll(Tree& tree, const std::vector<FileChange>& changes) {
  for (bool remove : {true, false})
    for (const FileChange& change : changes)
      if (change.remove == remove)
        if (Status done = Do(tree, change); !done.ok()) return done;
  return {};
}

Status UndoAll(Tree& tree, const std::vector<FileChange>& changes) {
  for (bool remove : {true, false})
    for (const FileChange& change : changes) {
      if (change.before.has_value() == remove) continue;
      Status done = remove ? tree.Remove(change.path)
                           : tree.Write(change.path, {change.before->bytes}, change.before->mode);
      if (!done.ok()) return done;
    }
  return {};
}

// Where the record lies.
Result<Place> WriteRecord(const Tree& tree, const Redo& redo) {
  Status last(Code::kPermission, "there is no place for the redo record");
  for (Place& place : Places(tree)) {
    Descriptor file(::openat(place.folder.get(), place.name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) {
      last = ErrnoStatus("cannot write the redo record " + place.name);
      continue;
    }
    Status written = WriteRedo(file.get(), redo, "the redo record " + place.name);
    if (written.ok()) return std::move(place);
    ::unlinkat(place.folder.get(), place.name.c_str(), 0);
    return written;
  }
  return Status(last.code(),
                last.message() +
                    ": before an edit it is recorded in the git directory of the tree, or beside "
                    "the tree, so make one of these writable");
}

Status Forget(const Place& place) {
  if (::unlinkat(place.folder.get(), place.name.c_str(), 0) != 0 && errno != ENOENT)
    return ErrnoStatus("cannot remove the redo record " + place.name);
  return {};
}

// Only a record of our own user is carried out.
Result<std::optional<std::string>> ReadRecord(const Place& place) {
  Descriptor file(
      ::openat(place.folder.get(), place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file) return std::optional<std::string>();
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || info.st_uid != ::geteuid()) return std::optional<std::string>();
  auto text = ReadAll(file.get(), kMaxRecordBytes, "the redo record " + place.name);
  if (!text.ok()) return text.status();
  return std::optional<std::string>(std::move(*text));
}

// What a change finds that was perhaps begun.
enum class State { kToDo, kDone, kForeign };

// A file is written over from its beginning and cut at last, so that a killed process leaves the new text up
// to some byte and the old one behind it.
bool IsPartOf(std::string_view now, std::string_view old_text, std::string_view new_text) {
  const auto differs = std::mismatch(now.begin(), now.end(), new_text.begin(), new_text.end()).first;
  const auto same = static_cast<std::size_t>(differs - now.begin());
  if (now.size() == same) return now.size() >= old_text.size();
  return now.size() == old_text.size() && now.substr(same) == old_text.substr(same);
}

Result<State> StateOf(Tree& tree, const FileChange& change) {
  const std::string_view before = change.old_text();
  const std::string after = Joined(change.delta.On(before));
  const std::size_t longest = std::max(after.size(), before.size());
  auto now = tree.Read(change.path, longest);
  if (!now.ok()) {
    const Code code = now.status().code();
    if (code == Code::kLimit) return State::kForeign;
    if (change.remove) return State::kDone;  // something else than the file stands there
    if (code == Code::kPermission) return State::kForeign;
    return change.before ? Result<State>(now.status()) : Result<State>(State::kToDo);
  }
  if (!*now) return change.remove ? State::kDone : change.before ? State::kForeign : State::kToDo;
  if (change.remove) return change.before && (*now)->bytes == before ? State::kToDo : State::kForeign;
  if ((*now)->bytes == after && ((*now)->mode & 0111) == (change.mode & 0111)) return State::kDone;
  return IsPartOf((*now)->bytes, before, after) ? State::kToDo : State::kForeign;
}

// Never written over: a record that was kept before.
Result<std::string> KeepAside(const Place& place) {
  for (int i = 1; i <= kMostKept; ++i) {
    const Place kept{Descriptor(::openat(place.folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
                     place.name + ".kept" + (i == 1 ? "" : "." + std::to_string(i))};
    if (::linkat(place.folder.get(), place.name.c_str(), place.folder.get(), kept.name.c_str(), 0) == 0) {
      ::unlinkat(place.folder.get(), place.name.c_str(), 0);
      return FullName(kept);
    }
    if (errno != EEXIST) break;
  }
  return ErrnoStatus("cannot keep the redo record " + FullName(place) + " under another name");
}

Status Abandon(const Place& place, const std::string& why) {
  auto kept = KeepAside(place);
  if (!kept.ok()) return kept.status();
  return {Code::kConflict, "an edit of this folder was interrupted and is not completed, for " + why +
                               "; nothing was written now. Its record was moved to " + *kept +
                               ": look whether the folder is as it should be, remove the record, and give "
                               "the command again"};
}

std::string Quoted(const std::vector<std::string>& names) {
  constexpr std::size_t kMostNamed = 10;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMostNamed; ++i)
    text += (i == 0 ? "'" : ", '") + names[i] + "'";
  return names.size() <= kMostNamed ? text : text + " and others";
}

// What is left to do. What a person has changed since is not to be lost.
Result<std::vector<FileChange>> Remaining(Tree& tree, const Redo& redo, const Place& place) {
  std::vector<FileChange> left;
  std::vector<std::string> foreign;
  for (const FileChange& change : redo.changes) {
    auto state = StateOf(tree, change);
    if (!state.ok()) return state.status().Within("the interrupted edit of " + FullName(place));
    if (*state == State::kForeign) foreign.push_back(change.path);
    if (*state == State::kToDo) left.push_back(change);
  }
  if (foreign.empty()) return left;
  return Abandon(place, "changed since: " + Quoted(foreign));
}

}  // namespace

Status CarryOut(Tree& tree, const Redo& redo) {
  if (redo.changes.empty()) return {};
  for (const FileChange& change : redo.changes)
    if (Status writable = tree.CheckWritable(change.path); !writable.ok()) return writable;
  auto record = WriteRecord(tree, redo);
  if (!record.ok()) return record.status();
  const Status done = DoAll(tree, redo.changes);
  if (!done.ok()) {
    // A tree that cannot be brought back either keeps the record, for the next apply.
    if (Status undone = UndoAll(tree, redo.changes); !undone.ok())
      return done.Within("only a part was written and will be completed by the next edit of this tree");
  }
  Status forgotten = Forget(*record);
  return done.ok() ? forgotten : done;
}

Result<std::optional<Redo>> Replay(Tree& tree) {
  std::optional<Redo> replayed;
  Policy everything;
  everything.allow_ci = everything.allow_hooks = everything.allow_secrets = everything.allow_install = true;
  everything.allow_notes = true;
  for (const Place& place : Places(tree)) {
    auto text = ReadRecord(place);
    if (!text.ok()) return text.status();
    if (!*text) continue;
    if (IsOtherVersion(**text)) return Abandon(place, "it was recorded by another version of this program");
    std::optional<Redo> redo = ReadRedo(**text);
    // One that was cut was followed by no write; this one has its end.
    if (!redo && IsWhole(**text)) return Abandon(place, "its record is damaged");
    if (redo) {
      for (const FileChange& change : redo->changes)
        if (std::string refusal = PathRefusal(change.path, everything); !refusal.empty())
          return Status(Code::kPermission, "the redo record " + FullName(place) + " names '" + change.path +
                                               "': " + refusal + "; look at the tree and remove the record");
      auto left = Remaining(tree, *redo, place);
      if (!left.ok()) return left.status();
      if (Status done = DoAll(tree, *left); !done.ok())
        return done.Within("an interrupted edit, recorded in " + FullName(place) + ", cannot be completed");
      replayed = std::move(redo);
    }
    if (Status forgotten = Forget(place); !forgotten.ok()) return forgotten;
  }
  return replayed;
}

}  // namespace mamc::edit
