// Markers of SEARCH/REPLACE blocks as models write them, and blocks in lists.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kSearchMark = "<<<<<<< SEARCH\n", kReplaceMark = ">>>>>>> REPLACE\n";

std::string PortBlock(const std::string& begin, const std::string& end) {
  return begin + "port = 80\n=======\nport = 90\n" + end;
}

std::string InFenceOfBlocks(const std::string& lines) {
  return "```\n" + lines + "```\n";
}

std::string IndentedBy(const std::string& text, const std::string& indent) {
  std::string lines;
  for (std::size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = text.find('\n', begin);
    lines += (end > begin ? indent : "") + text.substr(begin, end - begin + 1);
  }
  return lines;
}

// The text of `a.ini` afterwards, "refused" when it is as before; beside it `b.ini` has the same lines.
std::string AfterBlocks(const std::string& answer, const std::string& before = "port = 80\nhost = x\n") {
  test::TempDir dir;
  dir.Write("a.ini", before);
  dir.Write("b.ini", before);
  const Report report = Try(dir, answer);
  INFO(report.feedback);
  CHECK(dir.Read("b.ini") == before);
  CHECK((report.ok() || dir.Read("a.ini") == before));
  return report.ok() ? dir.Read("a.ini") : "refused";
}

const std::string kPortChanged = "port = 90\nhost = x\n";

}  // namespace

TEST_CASE("a marker may bear the path of the file") {
  for (const std::string begin : {"<<<<<<< SEARCH a.ini\n", "<<<<<<< SEARCH: a.ini\n",
                                  "<<<<<<< search `a.ini`\n", "<<<<<<< SEARCH (a.ini)\n", "<<<<<<< a.ini\n"})
    for (const std::string end :
         {">>>>>>> REPLACE\n", ">>>>>>> REPLACE a.ini\n", ">>>>>>> a.ini\n", ">>>>>>>\n"})
      for (const std::string above : {"", "a.ini\n", "Then the port:\n\n"}) {
        INFO(above << begin << end);
        CHECK(AfterBlocks(above + PortBlock(begin, end)) == kPortChanged);
        CHECK(AfterBlocks(above + InFenceOfBlocks(PortBlock(begin, end))) == kPortChanged);
        CHECK(AfterBlocks("FILE: a.ini\n" + InFenceOfBlocks(PortBlock(begin, end))) == kPortChanged);
      }
  const std::string host = "<<<<<<< SEARCH\nhost = x\n=======\nhost = y\n>>>>>>> REPLACE\n";
  CHECK(AfterBlocks(InFenceOfBlocks(PortBlock("<<<<<<< SEARCH a.ini\n", kReplaceMark) + "\n" + host)) ==
        "port = 90\nhost = y\n");
}

TEST_CASE("a marker that names another file than the words before it or its end is refused") {
  CHECK(AfterBlocks("b.ini\n" + InFenceOfBlocks(PortBlock("<<<<<<< SEARCH a.ini\n", kReplaceMark))) ==
        "refused");
  CHECK(AfterBlocks("b.ini\n" + PortBlock("<<<<<<< a.ini\n", kReplaceMark)) == "refused");
  CHECK(AfterBlocks(PortBlock("<<<<<<< a.ini\n", ">>>>>>> REPLACE b.ini\n")) == "refused");
  CHECK(AfterBlocks(PortBlock("<<<<<<< a.ini\n", ">>>>>>> b.ini\n")) == "refused");
  CHECK(AfterBlocks(PortBlock("<<<<<<< HEAD\n", ">>>>>>> a.ini\n")) == "refused");
  CHECK(AfterBlocks(PortBlock("<<<<<<< a.ini\n", ">>>>>>> main\n")) == "refused");
  CHECK(AfterBlocks(PortBlock("<<<<<<< SEARCH the port\n", kReplaceMark)) == "refused");
}

TEST_CASE("an end without its word ends a block that has no other") {
  const std::string host = "<<<<<<< SEARCH\nhost = x\n=======\nhost = y\n>>>>>>>\n";
  CHECK(AfterBlocks("a.ini\n" + PortBlock(kSearchMark, ">>>>>>>\n")) == kPortChanged);
  CHECK(AfterBlocks("a.ini\n" + InFenceOfBlocks(PortBlock(kSearchMark, ">>>>>>>\n"))) == kPortChanged);
  CHECK(AfterBlocks("a.ini\n" + InFenceOfBlocks(PortBlock(kSearchMark, ">>>>>>>\n") + host)) ==
        "port = 90\nhost = y\n");
  CHECK(AfterBlocks("a.ini\n" + PortBlock(kSearchMark, ">>>>>>>\n") + "\nAnd:\n\n" + host) ==
        "port = 90\nhost = y\n");
}

TEST_CASE("signs without a word that may be lines of the text end no block") {
  const std::string signs = ">>>>>>>\n";
  // The marker itself stands behind them.
  CHECK(AfterBlocks("a.ini\n" + PortBlock(kSearchMark, signs + "more = 1\n" + kReplaceMark)) ==
        "port = 90\n>>>>>>>\nmore = 1\nhost = x\n");
  CHECK(AfterBlocks("a.ini\n" + PortBlock(kSearchMark, signs + "more = 1\n")) == "refused");
  CHECK(AfterBlocks("a.ini\n" + InFenceOfBlocks(PortBlock(kSearchMark, signs + signs))) == "refused");
  CHECK(AfterBlocks("a.ini\n" + PortBlock(kSearchMark + signs, "")) == "refused");
  CHECK(AfterBlocks("a.ini\n" + PortBlock(kSearchMark, ">>>>>\n")) == "refused");
  // What was to follow is not known where the answer ends in the middle of a line.
  CHECK(AfterBlocks("a.ini\n" + PortBlock(kSearchMark, ">>>>>>>")) == "refused");
}

TEST_CASE("the indentation that a list gives to a block comes off its lines") {
  const std::string nested = "port = 80\n[x]\n   port = 80\n", changed = "port = 90\n[x]\n   port = 80\n";
  const std::string block = PortBlock(kSearchMark, kReplaceMark), in_item = IndentedBy(block, "   ");
  CHECK(AfterBlocks("1. The outer port:\n\n   `a.ini`\n" + IndentedBy(InFenceOfBlocks(block), "   "),
                    nested) == changed);
  CHECK(AfterBlocks("1. `a.ini`:\n" + IndentedBy(InFenceOfBlocks(block), "   "), nested) == changed);
  CHECK(AfterBlocks("1. The outer port:\n\n   `a.ini`\n" + in_item, nested) == changed);
  CHECK(AfterBlocks("1. `a.ini`:\n" + in_item, nested) == changed);
  CHECK(AfterBlocks("- `a.ini`:\n" + IndentedBy(block, "  "), "port = 80\n[x]\n  port = 80\n") ==
        "port = 90\n[x]\n  port = 80\n");
  // There it is that of the lines.
  CHECK(AfterBlocks("a.ini\n" + InFenceOfBlocks(in_item), nested) == "port = 80\n[x]\n   port = 90\n");
  CHECK(AfterBlocks("a.ini\n" + in_item, nested) == "port = 80\n[x]\n   port = 90\n");
}

TEST_CASE("a deletion of nothing is told to be left out") {
  for (const char* line : {"DELETE: none", "DELETE: None", "DELETE: nothing"})
    CHECK_THAT(ProblemBehindAnEdit(std::string(line) + "\n"), Catch::Contains("leave the line out"));
}
