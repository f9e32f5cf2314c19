#include "preflight.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "mamc/base/descriptor.hpp"
#include "mamc/base/text.hpp"
#include "mamc/plugin.h"

namespace mamc::plugin {
namespace {

static_assert(sizeof(void*) == 8, "the preflight reads 64-bit ELF files");

constexpr std::uint64_t kMaxManifestBytes = 1u << 20;
constexpr std::uint64_t kMaxElfTableBytes = 64u << 20;
constexpr std::string_view kEntryPrefix = "mamc_plugin_entry_";
constexpr std::string_view kTruncated = "; the file is truncated: copy or build it again";

#if defined(__x86_64__)
constexpr Elf64_Half kHostMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kHostMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half kHostMachine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr Elf64_Half kHostMachine = EM_PPC64;
#elif defined(__s390x__)
constexpr Elf64_Half kHostMachine = EM_S390;
#else
#error "name this machine's ELF number"
#endif

constexpr unsigned char kHostData = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

std::string MachineName(Elf64_Half machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_386:
      return "i386";
    case EM_AARCH64:
      return "aarch64";
    case EM_ARM:
      return "arm";
    case EM_RISCV:
      return "riscv";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390";
    default:
      return "machine " + std::to_string(machine);
  }
}

std::string Hex(std::uint64_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

// An open file that is only read at places inside it.
class ElfFile {
 public:
  explicit ElfFile(Descriptor file) : file_(std::move(file)) {}

  int fd() const { return file_.get(); }
  std::uint64_t size = 0;

  bool Has(std::uint64_t offset, std::uint64_t bytes) const {
    return offset <= size && bytes <= size - offset;
  }

  // `what` begins the sentence when the range is not in the file.
  Status Read(std::uint64_t offset, void* into, std::uint64_t bytes, const std::string& what) const {
    if (!Has(offset, bytes))
      return Invalid(what + " (" + std::to_string(bytes) + " bytes at " + Hex(offset) +
                     ") lies outside the file of " + std::to_string(size) + " bytes" +
                     std::string(kTruncated));
    auto* at = static_cast<char*>(into);
    while (bytes > 0) {
      ssize_t got = ::pread(file_.get(), at, bytes, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Failed(what + " cannot be read: " + std::strerror(errno));
      if (got == 0) return Failed(what + " cannot be read: the file shrank meanwhile");
      at += got;
      offset += static_cast<std::uint64_t>(got);
      bytes -= static_cast<std::uint64_t>(got);
    }
    return {};
  }

  // A std::vector or a std::string of `count` entries.
  template <class Table>
  Result<Table> ReadTable(std::uint64_t offset, std::uint64_t count, const std::string& what) const {
    constexpr std::size_t kEntryBytes = sizeof(typename Table::value_type);
    if (count > kMaxElfTableBytes / kEntryBytes)
      return Invalid(what + " claims " + std::to_string(count) + " entries");
    Table table(count, typename Table::value_type{});
    if (Status status = Read(offset, table.data(), count * kEntryBytes, what); !status.ok()) return status;
    return table;
  }

 private:
  Descriptor file_;
};

Status CheckHeader(const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64)
    return Invalid("built for a 32-bit machine (" + MachineName(header.e_machine) + "), this host is " +
                   MachineName(kHostMachine) + ": build it for this machine");
  if (header.e_ident[EI_DATA] != kHostData)
    return Invalid("built for a machine of the other byte order, this host is " + MachineName(kHostMachine) +
                   ": build it for this machine");
  if (header.e_machine != kHostMachine)
    return Invalid("built for " + MachineName(header.e_machine) + ", this host is " +
                   MachineName(kHostMachine) + ": build it for this machine");
  if (header.e_type != ET_DYN)
    return Invalid("is not a shared library (ELF type " + std::to_string(header.e_type) +
                   "): link it with -shared");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 || header.e_phnum == PN_XNUM)
    return Invalid("has no usable program headers: it is damaged, build it again");
  return {};
}

Result<Elf64_Ehdr> ReadHeader(const ElfFile& file) {
  Elf64_Ehdr header{};
  if (file.size == 0) return Invalid("is empty: copy or build it again");
  std::uint64_t identified = std::min<std::uint64_t>(file.size, SELFMAG);
  if (Status status = file.Read(0, &header, identified, "the ELF header"); !status.ok()) return status;
  if (std::memcmp(header.e_ident, ELFMAG, identified) != 0)
    return Invalid("is not a shared library: it does not begin as an ELF file");
  if (Status status = file.Read(0, &header, sizeof header, "the ELF header"); !status.ok()) return status;
  if (Status status = CheckHeader(header); !status.ok()) return status;
  return header;
}

Status CheckSegments(const ElfFile& file, const Elf64_Ehdr& header) {
  auto segments =
      file.ReadTable<std::vector<Elf64_Phdr>>(header.e_phoff, header.e_phnum, "the program header table");
  if (!segments) return segments.status();
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const Elf64_Phdr& segment = (*segments)[i];
    if (!file.Has(segment.p_offset, segment.p_filesz))
      return Invalid("segment " + std::to_string(i) + " (" + std::to_string(segment.p_filesz) + " bytes at " +
                     Hex(segment.p_offset) + ") lies outside the file of " + std::to_string(file.size) +
                     " bytes" + std::string(kTruncated));
    if (segment.p_type == PT_LOAD && segment.p_filesz > segment.p_memsz)
      return Invalid("segment " + std::to_string(i) +
                     " is larger in the file than in memory: it is damaged, build it again");
  }
  return {};
}

// The name at `offset` of a string table. No name that matters is long, and a hostile table could be one
// endless name.
std::string_view NameAt(const std::string& table, std::uint64_t offset) {
  constexpr std::size_t kLongestName = 128;
  if (offset >= table.size()) return {};
  std::string_view rest = std::string_view(table).substr(offset, kLongestName);
  return rest.substr(0, rest.find('\0'));
}

// The sections and the table of their names.
struct Sections {
  std::vector<Elf64_Shdr> headers;
  std::string names;

  std::string_view NameOf(const Elf64_Shdr& section) const { return NameAt(names, section.sh_name); }
};

Result<std::string> ReadText(const ElfFile& file, const Elf64_Shdr& section, const std::string& what) {
  return file.ReadTable<std::string>(section.sh_offset, section.sh_size, what);
}

Result<Sections> ReadSections(const ElfFile& file, const Elf64_Ehdr& header) {
  if (header.e_shoff == 0 || header.e_shnum == 0)
    return Invalid("has no section headers, so that its manifest cannot be found: do not strip them");
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shstrndx >= header.e_shnum)
    return Invalid("has a damaged section table: build it again");
  auto headers = file.ReadTable<std::vector<Elf64_Shdr>>(header.e_shoff, header.e_shnum, "the section table");
  if (!headers) return headers.status();
  auto names = ReadText(file, (*headers)[header.e_shstrndx], "the table of section names");
  if (!names) return names.status();
  return Sections{std::move(*headers), std::move(*names)};
}

struct Exports {
  bool entry = false;
  bool entry_is_data = false;
  std::string other_abi;  // the digits of another mamc_plugin_entry_N
  std::vector<std::string> functions;
};

bool IsExported(const Elf64_Sym& symbol) {
  return symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL;
}

void Note(const Elf64_Sym& symbol, std::string_view name, Exports& exports) {
  bool function = ELF64_ST_TYPE(symbol.st_info) == STT_FUNC || ELF64_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC;
  if (name == MAMC_PLUGIN_ENTRY) {
    exports.entry = function;
    exports.entry_is_data = !function;
  } else if (function && name.substr(0, kEntryPrefix.size()) == kEntryPrefix &&
             name.find_first_not_of("0123456789", kEntryPrefix.size()) == std::string_view::npos) {
    exports.other_abi = name.substr(kEntryPrefix.size());
  } else if (function && exports.functions.size() < 100) {
    exports.functions.emplace_back(name);
  }
}

Result<Exports> ReadExports(const ElfFile& file, const Sections& sections) {
  Exports exports;
  for (const Elf64_Shdr& section : sections.headers) {
    if (section.sh_type != SHT_DYNSYM) continue;
    if (section.sh_link >= sections.headers.size())
      return Invalid("has a damaged symbol table: build it again");
    auto names = ReadText(file, sections.headers[section.sh_link], "the table of symbol names");
    if (!names) return names.status();
    auto symbols = file.ReadTable<std::vector<Elf64_Sym>>(
        section.sh_offset, section.sh_size / sizeof(Elf64_Sym), "the symbol table");
    if (!symbols) return symbols.status();
    for (const Elf64_Sym& symbol : *symbols)
      if (IsExported(symbol)) Note(symbol, NameAt(*names, symbol.st_name), exports);
  }
  return exports;
}

Status CheckEntry(const Exports& exports) {
  if (exports.entry) return {};
  if (exports.entry_is_data) return Invalid("exports " MAMC_PLUGIN_ENTRY " as data; it must be a function");
  if (!exports.other_abi.empty())
    return Invalid("exports only " + std::string(kEntryPrefix) + exports.other_abi +
                   ": built for plugin ABI " + exports.other_abi + ", this host speaks " +
                   std::to_string(MAMC_ABI_MAJOR));
  return Invalid("exports no function " MAMC_PLUGIN_ENTRY + DidYouMean(MAMC_PLUGIN_ENTRY, exports.functions) +
                 ": it is no plugin, or its entry is hidden (mark it MAMC_EXPORT)");
}

Result<std::string> ReadManifest(const ElfFile& file, const Sections& sections) {
  const Elf64_Shdr* found = nullptr;
  for (const Elf64_Shdr& section : sections.headers) {
    if (sections.NameOf(section) != MAMC_MANIFEST_SECTION) continue;
    if (found) return Invalid("has two sections " MAMC_MANIFEST_SECTION ": one manifest per library");
    found = &section;
  }
  if (!found || found->sh_type == SHT_NOBITS)
    return Invalid("has no section " MAMC_MANIFEST_SECTION
                   ": embed the manifest with MAMC_MANIFEST or EmbedManifest.cmake");
  if (found->sh_size > kMaxManifestBytes)
    return Invalid("has a manifest of " + std::to_string(found->sh_size) + " bytes; at most " +
                   std::to_string(kMaxManifestBytes) + " are read");
  auto text = ReadText(file, *found, "the section " MAMC_MANIFEST_SECTION);
  if (!text) return text;
  // Of the string literal, and of what the address sanitizer of clang makes of it.
  while (!text->empty() && text->back() == '\0') text->pop_back();
  return text;
}

Status CheckRegular(const struct stat& info) {
  if (S_ISREG(info.st_mode)) return {};
  if (S_ISDIR(info.st_mode)) return Invalid("is a directory, not a shared library");
  if (S_ISFIFO(info.st_mode)) return Invalid("is a FIFO, not a regular file");
  return Invalid("is not a regular file");
}

Result<std::string> CheckElf(const ElfFile& file) {
  auto header = ReadHeader(file);
  if (!header) return header.status();
  if (Status status = CheckSegments(file, *header); !status.ok()) return status;
  auto sections = ReadSections(file, *header);
  if (!sections) return sections.status();
  auto exports = ReadExports(file, *sections);
  if (!exports) return exports.status();
  if (Status status = CheckEntry(*exports); !status.ok()) return status;
  return ReadManifest(file, *sections);
}

}  // namespace

Status CheckOwner(unsigned owner, unsigned mode, unsigned effective_user) {
  if (effective_user != 0) return {};  // what runs is limited to what this user may do anyway
  if (owner != 0)
    return {Code::kPermission,
            "belongs to user " + std::to_string(owner) +
                ", and this host runs as root, which only runs root's own plugins: chown root"};
  if ((mode & (S_IWGRP | S_IWOTH)) != 0)
    return {Code::kPermission, "may be changed by others than root, and this host runs as root: chmod go-w"};
  return {};
}

Result<std::string> CheckFile(const std::filesystem::path& file) {
  // Opening a FIFO or a device can block or act: look before.
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0)
    return NotFound(std::string("cannot be opened: ") + std::strerror(errno));
  if (Status status = CheckRegular(info); !status.ok()) return status;
  ElfFile elf(Descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)));
  if (elf.fd() < 0)
    return Status(Code::kPermission, std::string("cannot be opened: ") + std::strerror(errno));
  if (::fstat(elf.fd(), &info) != 0) return Failed(std::string("cannot be opened: ") + std::strerror(errno));
  if (Status status = CheckRegular(info); !status.ok()) return status;
  if (Status status = CheckOwner(info.st_uid, info.st_mode, ::geteuid()); !status.ok()) return status;

  elf.size = static_cast<std::uint64_t>(info.st_size);
  return CheckElf(elf);
}

}  // namespace mamc::plugin
