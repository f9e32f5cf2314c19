#include "subject.hpp"

#include <utility>

#include "another_file.hpp"

namespace mamc::edit {

void Subject::KeepLonger(const std::string& path) {
  for (const std::string* other : {&path_, &longer_})
    if (other->size() > path.size() && MayBeSame(path, *other)) {
      longer_ = *other;
      return;
    }
  longer_.clear();
}

void Subject::Name(std::string path) {
  KeepLonger(path);
  path_ = std::move(path);
  fresh_ = true;
  loose_.clear(), rival_.clear(), doubt_.clear(), item_.clear();
}

void Subject::NameInList(const std::string& path) {
  if (!item_.empty() && item_ != path) {
    doubt_ = path;
    item_ = path;
    return;
  }
  Name(path);
  item_ = path;
}

void Subject::Hear(const Naming& naming) {
  // What it names is the file only of what stands right below it.
  if (!loose_.empty()) {
    doubt_ = std::exchange(loose_, {});
    longer_.clear(), rival_.clear();
    fresh_ = false;
  }
  for (const std::string& path : naming.paths) {
    const bool place = naming.form == Naming::Form::kPlace,
               loose = place || naming.form == Naming::Form::kLoose;
    const bool same =
        loose && (!fresh_ || path.size() > path_.size()) ? path == path_ : MayBeSame(path, path_);
    if (same) continue;
    if (loose && !fresh_)
      loose_ = path, rival_ = place ? path_ : "", KeepLonger(path);
    else if ((loose && !place) || !fresh_)
      doubt_ = path;
  }
  if (!loose_.empty()) doubt_.clear();
  const bool other = !naming.another.empty() && !MayBeCalled(path_, naming.another);
  if (other && !fresh_ && !path_.empty()) doubt_ = naming.another;
}

void Subject::Used() {
  if (!loose_.empty()) path_ = std::exchange(loose_, {});
  doubt_.clear(), item_.clear();
  fresh_ = false;
}

}  // namespace mamc::edit
