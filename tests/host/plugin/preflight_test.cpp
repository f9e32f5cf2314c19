#include "preflight.hpp"

#include <elf.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>

#include "fixture_tree.hpp"

namespace mamc::plugin {
namespace {

using Catch::Matchers::Contains;

std::string BytesOf(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string GoodBytes() {
  std::string bytes = BytesOf(FixtureFile("good_step"));
  REQUIRE(bytes.size() > 8192);
  return bytes;
}

// What the preflight says of a file with these bytes.
std::string Said(const std::string& bytes) {
  test::TempDir temp;
  auto checked = CheckFile(temp.Write("plugin.so", bytes));
  return checked ? "" : checked.status().message();
}

template <class T>
std::string Patched(std::string bytes, std::size_t offset, T value) {
  REQUIRE(offset + sizeof value <= bytes.size());
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

template <class T>
T At(const std::string& bytes, std::size_t offset) {
  T value;
  REQUIRE(offset + sizeof value <= bytes.size());
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// The place of the header of the section with this name.
std::size_t SectionHeader(const std::string& bytes, std::string_view name) {
  auto header = At<Elf64_Ehdr>(bytes, 0);
  auto names = At<Elf64_Shdr>(bytes, header.e_shoff + header.e_shstrndx * sizeof(Elf64_Shdr));
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    std::size_t place = header.e_shoff + i * sizeof(Elf64_Shdr);
    if (bytes.c_str() + names.sh_offset + At<Elf64_Shdr>(bytes, place).sh_name == name) return place;
  }
  FAIL("no section " << name);
  return 0;
}

}  // namespace

TEST_CASE("a good plugin gives its manifest without the literal's end, through a link as well") {
  FixtureTree tree;
  std::filesystem::path file = tree.Add("good_step");
  std::filesystem::path link = tree.path() / "link.so";
  std::filesystem::create_symlink(file, link);
  auto checked = CheckFile(link);
  REQUIRE(checked.status().message() == "");
  CHECK(checked->front() == '{');
  CHECK(checked->back() == '}');
}

TEST_CASE("zeros behind a manifest are no part of it") {
  FixtureTree tree;
  auto checked = CheckFile(tree.Add("padded_manifest"));
  REQUIRE(checked.status().message() == "");
  CHECK(checked->back() == '}');
}

TEST_CASE("a truncated plugin is refused wherever it ends") {
  const std::string good = GoodBytes();
  CHECK(Said(good.substr(0, 0)) == "is empty: copy or build it again");
  CHECK_THAT(Said(good.substr(0, 3)),
             Contains("the ELF header (64 bytes at 0x0) lies outside the file of 3 bytes"));
  CHECK_THAT(Said(good.substr(0, 64)), Contains("the program header table") && Contains("truncated"));
  CHECK_THAT(Said(good.substr(0, 500)),
             Contains("lies outside the file of 500 bytes; the file is truncated"));
  CHECK_THAT(Said(good.substr(0, 4096)), Contains("lies outside the file of 4096 bytes"));
  CHECK_THAT(Said(good.substr(0, good.size() - 1)),
             Contains("lies outside the file of") && Contains("truncated"));

  auto header = At<Elf64_Ehdr>(good, 0);
  CHECK_THAT(Said(good.substr(0, header.e_shoff)), Contains("the section table") && Contains("truncated"));
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    auto segment = At<Elf64_Phdr>(good, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type != PT_LOAD || segment.p_filesz < 2) continue;
    CAPTURE(i);
    CHECK_THAT(Said(good.substr(0, segment.p_offset + segment.p_filesz / 2)),
               Contains("segment ") && Contains("truncated"));
  }
}

TEST_CASE("no cut of a plugin is taken for the whole") {
  const std::string good = GoodBytes();
  test::TempDir temp;
  std::filesystem::path file = temp.Write("plugin.so", good);
  for (std::size_t size = good.size(); size-- > 0; size -= std::min<std::size_t>(size, 97)) {
    std::filesystem::resize_file(file, size);
    CAPTURE(size);
    CHECK_FALSE(CheckFile(file).ok());
  }
}

TEST_CASE("a plugin for another machine is refused by the machine's name") {
  const std::string good = GoodBytes();
  const std::size_t machine = offsetof(Elf64_Ehdr, e_machine);
  const auto other = At<Elf64_Half>(good, machine) == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
  const std::string text = Said(Patched<Elf64_Half>(good, machine, other));
  CHECK_THAT(text, Contains(other == EM_AARCH64 ? "built for aarch64, this host is "
                                                : "built for x86-64, this host is "));
#if defined(__x86_64__)
  CHECK_THAT(text, Contains("built for aarch64, this host is x86-64"));
#endif
  CHECK_THAT(Said(Patched<Elf64_Half>(good, machine, 0x1234)),
             Contains("built for machine 4660, this host is"));
  CHECK_THAT(Said(Patched<unsigned char>(good, EI_CLASS, ELFCLASS32)),
             Contains("built for a 32-bit machine"));
  CHECK_THAT(Said(Patched<unsigned char>(good, EI_DATA, ELFDATA2MSB)), Contains("the other byte order"));
}

TEST_CASE("only shared libraries are plugins") {
  CHECK_THAT(Said(Patched<Elf64_Half>(GoodBytes(), offsetof(Elf64_Ehdr, e_type), ET_EXEC)),
             Contains("is not a shared library (ELF type 2)"));
  CHECK_THAT(Said("#!/bin/sh\necho no plugin\n"),
             Contains("is not a shared library: it does not begin as an ELF file"));
  CHECK_THAT(Said("x"), Contains("does not begin as an ELF file"));
}

TEST_CASE("a directory and a FIFO and a missing file are refused without waiting") {
  test::TempDir temp;
  CHECK(CheckFile(temp.path()).status().message() == "is a directory, not a shared library");
  REQUIRE(::mkfifo((temp / "fifo.so").c_str(), 0600) == 0);
  CHECK(CheckFile(temp / "fifo.so").status().message() == "is a FIFO, not a regular file");
  CHECK(CheckFile("/dev/null").status().message() == "is not a regular file");
  CHECK_THAT(CheckFile(temp / "none.so").status().message(), Contains("cannot be opened: No such file"));
  std::filesystem::create_symlink(temp / "loop.so", temp / "loop.so");
  CHECK_THAT(CheckFile(temp / "loop.so").status().message(), Contains("cannot be opened: Too many levels"));
}

TEST_CASE("a root host runs only what root alone can change") {
  CHECK(CheckOwner(0, 0100755, 0).ok());
  CHECK(CheckOwner(0, 0100644, 0).ok());
  CHECK_THAT(CheckOwner(1000, 0100755, 0).message(), Contains("belongs to user 1000"));
  CHECK_THAT(CheckOwner(0, 0100775, 0).message(), Contains("chmod go-w"));
  CHECK_THAT(CheckOwner(0, 0100757, 0).message(), Contains("chmod go-w"));
  CHECK(CheckOwner(1000, 0100777, 1000).ok());
}

TEST_CASE("the entry is looked for before the file is opened as a library") {
  auto said = [](const char* fixture) { return CheckFile(FixtureFile(fixture)).status().message(); };
  CHECK_THAT(said("no_entry"), Contains("exports no function mamc_plugin_entry_1: it is no plugin"));
  CHECK_THAT(said("misspelled_entry"),
             Contains("exports no function mamc_plugin_entry_1 (did you mean 'mamc_plugin_entri_1'?)"));
  CHECK(said("only_entry_2") ==
        "exports only mamc_plugin_entry_2: built for plugin ABI 2, this host speaks 1");
  CHECK(said("data_entry") == "exports mamc_plugin_entry_1 as data; it must be a function");
}

TEST_CASE("the manifest has to be in the file") {
  CHECK_THAT(CheckFile(FixtureFile("no_manifest")).status().message(),
             Contains("has no section .mamc.manifest"));
  const std::string good = GoodBytes();
  const std::size_t section = SectionHeader(good, ".mamc.manifest");
  CHECK_THAT(Said(Patched<Elf64_Xword>(good, section + offsetof(Elf64_Shdr, sh_offset), good.size())),
             Contains("the section .mamc.manifest") && Contains("lies outside the file"));
  CHECK_THAT(Said(Patched<Elf64_Xword>(good, section + offsetof(Elf64_Shdr, sh_offset), ~0ull)),
             Contains("lies outside the file"));
  CHECK_THAT(Said(Patched<Elf64_Xword>(good, section + offsetof(Elf64_Shdr, sh_size), 1ull << 40)),
             Contains("has a manifest of 1099511627776 bytes"));
  CHECK_THAT(Said(Patched<Elf64_Word>(good, section + offsetof(Elf64_Shdr, sh_type), SHT_NOBITS)),
             Contains("has no section .mamc.manifest"));
}

TEST_CASE("damaged tables are refused and never followed out of the file") {
  const std::string good = GoodBytes();
  auto header = At<Elf64_Ehdr>(good, 0);
  const std::size_t symbols = SectionHeader(good, ".dynsym");
  CHECK_THAT(Said(Patched<Elf64_Half>(good, offsetof(Elf64_Ehdr, e_phentsize), 1)),
             Contains("no usable program headers"));
  CHECK_THAT(Said(Patched<Elf64_Half>(good, offsetof(Elf64_Ehdr, e_phnum), 0)),
             Contains("no usable program headers"));
  CHECK_THAT(Said(Patched<Elf64_Off>(good, offsetof(Elf64_Ehdr, e_phoff), ~0ull)),
             Contains("the program header table"));
  CHECK_THAT(Said(Patched<Elf64_Off>(good, offsetof(Elf64_Ehdr, e_shoff), 0)),
             Contains("has no section headers"));
  CHECK_THAT(Said(Patched<Elf64_Half>(good, offsetof(Elf64_Ehdr, e_shstrndx), 0xFFFE)),
             Contains("damaged section table"));
  CHECK_THAT(Said(Patched<Elf64_Xword>(good, header.e_phoff + offsetof(Elf64_Phdr, p_filesz), ~0ull)),
             Contains("segment 0"));
  CHECK_THAT(Said(Patched<Elf64_Word>(good, symbols + offsetof(Elf64_Shdr, sh_link), 0xFFFF)),
             Contains("damaged symbol table"));
  CHECK_THAT(Said(Patched<Elf64_Xword>(good, symbols + offsetof(Elf64_Shdr, sh_size), 1ull << 50)),
             Contains("the symbol table claims"));
}

TEST_CASE("no single byte of the headers can make the preflight read outside the file") {
  const std::string good = GoodBytes();
  auto header = At<Elf64_Ehdr>(good, 0);
  test::TempDir temp;
  auto try_at = [&](std::size_t offset) {
    std::string bytes = good;
    bytes[offset] = static_cast<char>(~bytes[offset]);
    auto checked = CheckFile(temp.Write("plugin.so", bytes));
    if (!checked) CHECK_FALSE(checked.status().message().empty());
  };
  for (std::size_t i = 0; i < sizeof header + header.e_phnum * sizeof(Elf64_Phdr); ++i) try_at(i);
  for (std::size_t i = header.e_shoff; i < good.size(); ++i) try_at(i);
}

}  // namespace mamc::plugin
