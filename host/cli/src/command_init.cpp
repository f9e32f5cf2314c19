#include <filesystem>
#include <ostream>

#include "commands.hpp"
#include "mamc/base/files.hpp"
#include "mamc/config/settings.hpp"

namespace mamc::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string dir = ".";
};

constexpr unsigned kOwnerOnly = 0600;  // tokens will stand in .env
constexpr unsigned kReadable = 0644;

struct NewFile {
  fs::path path;
  std::string text;
  unsigned mode;
};

Exit RunInit(Session& session, const InitOptions& options) {
  fs::path dir(options.dir);
  const NewFile files[] = {{dir / "mamc.yaml", config::RenderConfigExample(), kReadable},
                           {dir / ".env", config::RenderEnvExample(), kOwnerOnly}};
  for (const NewFile& file : files) {
    std::error_code error;
    bool exists = fs::symlink_status(file.path, error).type() != fs::file_type::not_found;
    if (exists)
      return session.Fail(kWrongUse,
                          file.path.string() + " exists and is left as it is; nothing was written");
  }
  Status status = MakeDirectories(dir);
  if (!status.ok()) return session.Fail(kWorkFailed, status.message());
  for (const NewFile& file : files) {
    status = WriteFile(file.path, file.text, file.mode);
    if (!status.ok()) return session.Fail(kWorkFailed, status.message());
    session.out << file.path.string() << '\n';
  }
  session.err << "Every setting is explained there and set to nothing. Next: name a project in mamc.yaml.\n";
  return kDone;
}

}  // namespace

void AddInitCommand(CommandLine& line) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* command = AddCommand(line, line.app, "init",
                                 "Write mamc.yaml and .env with every setting explained", options, RunInit);
  command->add_option("--dir", options->dir, "Folder to write to, made when it does not exist")
      ->type_name("DIR");
}

}  // namespace mamc::cli
