#include "redo.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "mamc/edit/apply.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::string_view kMagic = "mamc-edit-redo 1\n", kEnd = "end\n";
constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 30;

struct Place {
  Descriptor folder;
  std::string name;
};

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

void AddNumber(std::string& text, std::size_t number) {
  text += std::to_string(number) + " ";
}
void AddText(std::string& text, std::string_view value) {
  AddNumber(text, value.size());
  text += value;
}

// The record in parts, so that the files' bytes need not be copied: what stands before each file, and the
// file.
struct Record {
  std::vector<std::string> heads;  // one more than there are changes: the last ends the record
  const std::vector<FileChange>& changes;
};

Record RecordOf(const Redo& redo) {
  Record record{{}, redo.changes};
  std::string head(kMagic);
  AddText(head, redo.fingerprint);
  AddNumber(head, redo.changes.size());
  for (const FileChange& change : redo.changes) {
    head += change.remove ? "d " : "w ";
    AddNumber(head, change.mode);
    AddText(head, change.action);
    AddText(head, change.path);
    AddNumber(head, change.bytes.size());
    record.heads.push_back(std::exchange(head, {}));
  }
  record.heads.emplace_back(kEnd);
  return record;
}

Status WriteParts(int fd, const Record& record, const std::string& what) {
  constexpr std::size_t kSmall = 65536;
  std::string gathered;
  for (std::size_t i = 0; i < record.heads.size(); ++i) {
    gathered += record.heads[i];
    const std::string_view bytes = i < record.changes.size() ? std::string_view(record.changes[i].bytes) : "";
    const bool last = i + 1 == record.heads.size();
    if (bytes.size() < kSmall) gathered += bytes;
    if (gathered.size() >= kSmall || bytes.size() >= kSmall || last) {
      if (Status written = WriteAll(fd, gathered, what); !written.ok()) return written;
      gathered.clear();
    }
    if (bytes.size() >= kSmall)
      if (Status written = WriteAll(fd, bytes, what); !written.ok()) return written;
  }
  return {};
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // Nothing when the record is not whole.
  std::optional<Redo> Read() {
    if (!StartsWith(text_, kMagic) || !EndsWith(text_, kEnd)) return std::nullopt;
    text_.remove_prefix(kMagic.size());
    Redo redo;
    redo.fingerprint = Text();
    const std::size_t count = Number();
    for (std::size_t i = 0; i < count && good_; ++i) {
      FileChange change;
      change.remove = Word() == "d";
      change.mode = static_cast<mode_t>(Number() & 07777);
      change.action = Text();
      change.path = Text();
      change.bytes = Text();
      redo.changes.push_back(std::move(change));
    }
    return good_ && text_ == kEnd ? std::optional<Redo>(std::move(redo)) : std::nullopt;
  }

 private:
  std::string_view Word() {
    const std::size_t space = text_.find(' ');
    good_ = good_ && space != std::string_view::npos;
    if (!good_) return {};
    std::string_view word = text_.substr(0, space);
    text_.remove_prefix(space + 1);
    return word;
  }
  std::size_t Number() {
    std::size_t number = 0;
    const std::string_view word = Word();
    good_ = good_ &&
            std::from_chars(word.data(), word.data() + word.size(), number).ptr == word.data() + word.size();
    return number;
  }
  std::string Text() {
    const std::size_t size = Number();
    good_ = good_ && size <= text_.size();
    if (!good_) return {};
    std::string value(text_.substr(0, size));
    text_.remove_prefix(size);
    return value;
  }

  std::string_view text_;
  bool good_ = true;
};

Status Do(Tree& tree, const FileChange& change) {
  return change.remove ? tree.Remove(change.path) : tree.Write(change.path, change.bytes, change.mode);
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
                           : tree.Write(change.path, change.before->bytes, change.before->mode);
      if (!done.ok()) return done;
    }
  return {};
}

// Where the record lies.
Result<Place> WriteRecord(const Tree& tree, const Record& content) {
  Status last(Code::kPermission, "there is no place for the redo record");
  for (Place& place : Places(tree)) {
    Descriptor file(::openat(place.folder.get(), place.name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) {
      last = ErrnoStatus("cannot write the redo record " + place.name);
      continue;
    }
    Status written = WriteParts(file.get(), content, "the redo record " + place.name);
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

}  // namespace

Status CarryOut(Tree& tree, const Redo& redo) {
  if (redo.changes.empty()) return {};
  for (const FileChange& change : redo.changes)
    if (Status writable = tree.CheckWritable(change.path); !writable.ok()) return writable;
  auto record = WriteRecord(tree, RecordOf(redo));
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
  for (const Place& place : Places(tree)) {
    auto text = ReadRecord(place);
    if (!text.ok()) return text.status();
    if (!*text) continue;
    std::optional<Redo> redo = Reader(**text).Read();
    if (redo) {
      for (const FileChange& change : redo->changes)
        if (std::string refusal = PathRefusal(change.path, everything); !refusal.empty())
          return Status(Code::kPermission, "the redo record " + place.name + " names '" + change.path +
                                               "': " + refusal + "; look at the tree and remove the record");
      if (Status done = DoAll(tree, redo->changes); !done.ok())
        return done.Within("an interrupted edit cannot be completed");
      replayed = std::move(redo);
    }
    if (Status forgotten = Forget(place); !forgotten.ok()) return forgotten;
  }
  return replayed;
}

}  // namespace mamc::edit
