#include "mamc/git/repo.hpp"

#include <sodium.h>

#include <utility>

#include "handle.hpp"

namespace mamc::git {

namespace fs = std::filesystem;

namespace {

SignatureHandle Sign(const Author& author, std::int64_t time_s) {
  return Make<SignatureHandle>("make the author '" + author.name + " <" + author.email + ">'",
                               git_signature_new, author.name.c_str(), author.email.c_str(),
                               static_cast<git_time_t>(time_s), 0);
}

}  // namespace

void Repo::InitBare(const fs::path& git_dir) {
  EnsureLibrary();
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
  options.initial_head = "main";
  Make<RepositoryHandle>("make the git directory " + git_dir.string(), git_repository_init_ext,
                         git_dir.c_str(), &options);
}

Repo Repo::OpenBare(const fs::path& git_dir) {
  EnsureLibrary();
  return Repo(Make<RepositoryHandle>("open the git directory " + git_dir.string(), git_repository_open_bare,
                                     git_dir.c_str())
                  .release(),
              {});
}

Repo Repo::Open(const fs::path& git_dir, const fs::path& work_tree) {
  Repo repo = OpenBare(git_dir);
  Check(git_repository_set_workdir(repo.repository_, work_tree.c_str(), 0),
        "use the working tree " + work_tree.string());
  repo.work_tree_ = work_tree;
  return repo;
}

Repo::Repo(git_repository* repository, fs::path work_tree)
    : repository_(repository), work_tree_(std::move(work_tree)) {}
Repo::~Repo() {
  git_repository_free(repository_);
}
Repo::Repo(Repo&& other) noexcept
    : repository_(std::exchange(other.repository_, nullptr)),
      work_tree_(std::move(other.work_tree_)),
      given_ma_place_(std::move(other.given_ma_place_)) {}

Repo& Repo::operator=(Repo&& other) noexcept {
  std::swap(repository_, other.repository_);
  std::swap(work_tree_, other.work_tree_);
  std::swap(given_ma_place_, other.given_ma_place_);
  return *this;
}

std::optional<std::string> Repo::Ref(const std::string& name) const {
  git_oid oid;
  int error = git_reference_name_to_id(&oid, repository_, name.c_str());
  if (error == GIT_ENOTFOUND) return std::nullopt;
  Check(error, "read " + name);
  return Hex(oid);
}

void Repo::SetRef(const std::string& name, const std::string& object) {
  git_oid oid = ParseOid(object);
  Make<ReferenceHandle>("set " + name, git_reference_create, repository_, name.c_str(), &oid, 1, "mamc");
}

bool Repo::SwapRef(const std::string& name, const std::string& expected, const std::string& object) {
  git_oid oid = ParseOid(object);
  git_reference* reference = nullptr;
  int error = 0;
  if (expected.empty()) {
    error = git_reference_create(&reference, repository_, name.c_str(), &oid, 0, "mamc");
  } else {
    git_oid from = ParseOid(expected);
    error = git_reference_create_matching(&reference, repository_, name.c_str(), &oid, 1, &from, "mamc");
  }
  ReferenceHandle owner(reference);
  if (error == GIT_EMODIFIED || error == GIT_EEXISTS || error == GIT_ENOTFOUND) return false;
  Check(error, "move " + name);
  return true;
}

void Repo::RemoveRef(const std::string& name) {
  int error = git_reference_remove(repository_, name.c_str());
  if (error != GIT_ENOTFOUND) Check(error, "remove " + name);
}

std::string Repo::FirstRefBelow(const std::string& folder) const {
  auto names = Make<Handle<git_reference_iterator, git_reference_iterator_free>>(
      "list the names below " + folder, git_reference_iterator_glob_new, repository_,
      (folder + "/*").c_str());
  const char* name = nullptr;
  const int error = git_reference_next_name(&name, names.get());
  if (error == GIT_ITEROVER) return {};
  Check(error, "list the names below " + folder);
  return name;
}

std::string Repo::HeadBranch() const {
  auto head = Make<ReferenceHandle>("read HEAD", git_reference_lookup, repository_, "HEAD");
  const char* target = git_reference_symbolic_target(head.get());
  std::string name = target != nullptr ? target : "";
  if (name.rfind("refs/heads/", 0) != 0)
    throw sdk::Failure(MAMC_E_FAILED, "HEAD of the workspace names no branch");
  return name.substr(11);
}

void Repo::SetHeadBranch(const std::string& branch) {
  std::string target = "refs/heads/" + branch;
  Make<ReferenceHandle>("set HEAD to " + branch, git_reference_symbolic_create, repository_, "HEAD",
                        target.c_str(), 1, "mamc");
}

std::string Repo::Config(const std::string& key) const {
  auto config = Make<ConfigHandle>("read git's configuration", git_repository_config_snapshot, repository_);
  const char* value = nullptr;
  int error = git_config_get_string(&value, config.get(), key.c_str());
  if (error == GIT_ENOTFOUND) return {};
  Check(error, "read the setting " + key);
  return value;
}

void Repo::SetConfig(const std::string& key, const std::string& value) {
  if (Config(key) == value) return;
  auto config = Make<ConfigHandle>("open git's configuration", git_repository_config, repository_);
  ConfigHandle local = Make<ConfigHandle>("open git's configuration", git_config_open_level, config.get(),
                                          GIT_CONFIG_LEVEL_LOCAL);
  Check(git_config_set_string(local.get(), key.c_str(), value.c_str()), "write the setting " + key);
}

MaPlace Repo::ma_place() const {
  if (given_ma_place_) return *given_ma_place_;
  return {Config("mamc.ma") == "off", Config("mamc.ma-branch")};
}

bool Repo::HasCommit(const std::string& name) const {
  git_oid oid = ParseOid(name);
  git_commit* commit = nullptr;
  int error = git_commit_lookup(&commit, repository_, &oid);
  git_commit_free(commit);
  return error == 0;
}

bool Repo::HasTree(const std::string& name) const {
  git_oid oid = ParseOid(name);
  git_tree* tree = nullptr;
  int error = git_tree_lookup(&tree, repository_, &oid);
  git_tree_free(tree);
  return error == 0;
}

CommitData Repo::ReadCommit(const std::string& name) const {
  git_oid oid = ParseOid(name);
  auto commit = Make<CommitHandle>("read the commit " + name, git_commit_lookup, repository_, &oid);
  CommitData data;
  for (unsigned i = 0; i < git_commit_parentcount(commit.get()); ++i)
    data.parents.push_back(Hex(*git_commit_parent_id(commit.get(), i)));
  data.tree = Hex(*git_commit_tree_id(commit.get()));
  data.message = git_commit_message(commit.get());
  const git_signature* author = git_commit_author(commit.get());
  data.author = {author->name, author->email};
  data.time_s = git_commit_time(commit.get());
  return data;
}

std::string Repo::WriteCommit(const CommitData& data) {
  SignatureHandle signature = Sign(data.author, data.time_s);
  git_oid tree_id = ParseOid(data.tree);
  auto tree = Make<TreeHandle>("read the tree " + data.tree, git_tree_lookup, repository_, &tree_id);
  std::vector<CommitHandle> parents;
  std::vector<const git_commit*> pointers;
  for (const std::string& parent : data.parents) {
    git_oid id = ParseOid(parent);
    parents.push_back(Make<CommitHandle>("read the commit " + parent, git_commit_lookup, repository_, &id));
    pointers.push_back(parents.back().get());
  }
  git_oid oid;
  Check(git_commit_create(&oid, repository_, nullptr, signature.get(), signature.get(), nullptr,
                          data.message.c_str(), tree.get(), pointers.size(), pointers.data()),
        "write a commit");
  return Hex(oid);
}

namespace {

using EntryHandle = Handle<git_tree_entry, git_tree_entry_free>;

// Null: the tree has nothing of this path.
EntryHandle FindEntry(git_repository* repository, const std::string& tree_name, const std::string& path) {
  git_oid oid = ParseOid(tree_name);
  auto tree = Make<TreeHandle>("read the tree " + tree_name, git_tree_lookup, repository, &oid);
  git_tree_entry* entry = nullptr;
  const int error = git_tree_entry_bypath(&entry, tree.get(), path.c_str());
  if (error != GIT_ENOTFOUND) Check(error, "find " + path);
  return EntryHandle(entry);
}

}  // namespace

bool Repo::Has(const std::string& tree, const std::string& path) const {
  return FindEntry(repository_, tree, path) != nullptr;
}

std::optional<std::string> Repo::ReadBlob(const std::string& tree, const std::string& path) const {
  const EntryHandle entry = FindEntry(repository_, tree, path);
  if (!entry) return std::nullopt;
  const bool is_regular = git_tree_entry_type(entry.get()) == GIT_OBJECT_BLOB &&
                          git_tree_entry_filemode(entry.get()) != GIT_FILEMODE_LINK;
  if (!is_regular) return std::nullopt;
  return ReadBytes(Hex(*git_tree_entry_id(entry.get())));
}

std::string Repo::ReadBytes(const std::string& id) const {
  const git_oid oid = ParseOid(id);
  auto blob = Make<BlobHandle>("read the object " + id, git_blob_lookup, repository_, &oid);
  return {static_cast<const char*>(git_blob_rawcontent(blob.get())),
          static_cast<std::size_t>(git_blob_rawsize(blob.get()))};
}

std::optional<Author> ConfiguredAuthor() {
  EnsureLibrary();
  auto all = Make<ConfigHandle>("read git's configuration", git_config_open_default);
  auto config = Make<ConfigHandle>("read git's configuration", git_config_snapshot, all.get());
  const char* name = nullptr;
  const char* email = nullptr;
  if (git_config_get_string(&name, config.get(), "user.name") != 0) return std::nullopt;
  if (git_config_get_string(&email, config.get(), "user.email") != 0) return std::nullopt;
  return Author{name, email};
}

bool IsBranchName(const std::string& name) {
  int valid = 0;
  if (name.empty() || name[0] == '-' || name == "HEAD") return false;
  return git_reference_name_is_valid(&valid, ("refs/heads/" + name).c_str()) == 0 && valid == 1;
}

std::string Sha256Hex(const std::string& text) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  char hex[2 * sizeof digest + 1];
  return sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
}

}  // namespace mamc::git
