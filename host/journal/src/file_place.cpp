#include "file_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace mamc::journal {

FilePlace::Id FilePlace::IdOf(const std::string& file) const {
  struct stat facts {};
  if (::fstatat(folder_.get(), file.c_str(), &facts, 0) != 0) return {};
  return {facts.st_dev, facts.st_ino, true};
}

void FilePlace::Begin(const std::filesystem::path& file) {
  name_ = file.string();
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  folder_ = Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  file_name_ = file.filename().string();
  log_name_ = file_name_ + "-wal";
  file_ = IdOf(file_name_);
}

void FilePlace::SawLog() {
  if (file_.known && !log_.known) log_ = IdOf(log_name_);
}

FilePlace::Change FilePlace::Look() const {
  if (!file_.known) return Change::kNone;
  Id now = IdOf(file_name_);
  if (!now.known) return Change::kRemoved;
  if (now != file_) return Change::kReplaced;
  if (log_.known && IdOf(log_name_) != log_) return Change::kLogRemoved;
  return Change::kNone;
}

std::string FilePlace::FreeName(const std::string& suffix) const {
  std::error_code error;
  std::string free = name_ + suffix;
  for (int number = 2; std::filesystem::exists(std::filesystem::symlink_status(free, error)); ++number)
    free = name_ + suffix + std::to_string(number);
  return free;
}

Status FilePlace::RemoveLeftovers(const std::string& copy) const {
  std::error_code error;
  std::filesystem::remove(copy, error);
  return error ? Failed(copy + ": " + error.message()) : Status();
}

Status FilePlace::PutBack(const std::string& copy) const {
  std::error_code error;
  for (const char* suffix : {"-wal", "-shm"}) {
    std::filesystem::remove(name_ + suffix, error);
    if (error) return Failed(name_ + suffix + ": " + error.message());
  }
  // A link, not a rename: whatever took the name meanwhile stays.
  std::filesystem::create_hard_link(copy, name_, error);
  if (error) return Failed(name_ + ": " + error.message());
  std::filesystem::remove(copy, error);
  return {};
}

}  // namespace mamc::journal
