#include "mamc/base/text.hpp"

#include <catch2/catch.hpp>

namespace mamc {

TEST_CASE("SHA-256 of the empty text is the published one") {
  CHECK(Sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("the nearest word is offered only when it is a slip of the finger") {
  std::vector<std::string> words = {"persona-request", "git-operation"};
  CHECK(DidYouMean("persona-requst", words) == " (did you mean 'persona-request'?)");
  CHECK(DidYouMean("taks", {"task", "plugin"}) == " (did you mean 'task'?)");
  CHECK(DidYouMean("telephone", words).empty());
}

TEST_CASE("head and tail are cut at UTF-8 borders and say what is missing") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\xC3\xA4";
  std::string cut = HeadAndTail(text, 21);
  CHECK(IsUtf8(cut));
  CHECK(cut.find("bytes left out") != std::string::npos);
}

TEST_CASE("the gist of a text is its first line with the cause that it announces") {
  CHECK(Gist("no such branch\nmore") == "no such branch");
  CHECK(Gist("the tests fail as before:\n\n-----\ncc -c mean.c\nok - it fails well\nnot ok - mean is 2\nok - "
             "max\n") == "the tests fail as before: not ok - mean is 2");
  CHECK(Gist("it ended with 1:\r\n  nothing like that \n") == "it ended with 1: nothing like that");
  CHECK(Gist("it ended with 1:\n\n") == "it ended with 1:");
  const std::string long_line(200, 'x');
  CHECK(Gist(long_line + ":\nerror: here", 100) == long_line.substr(0, 85) + "... error: here");
  const std::string cut = Gist("a:\n" + std::string(100, 'e') + "error", 40);
  CHECK(cut == "a: " + std::string(17, 'e') + "...");
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "\xC3\xA4";
  CHECK(IsUtf8(Gist(umlauts, 20)));
  CHECK(Gist("").empty());
}

TEST_CASE("a word for a shell is quoted when it has to be") {
  CHECK(ShellWord("/srv/a-b_c.git") == "/srv/a-b_c.git");
  CHECK(ShellWord("") == "''");
  CHECK(ShellWord("a b") == "'a b'");
  CHECK(ShellWord("$(id)") == "'$(id)'");
  CHECK(ShellWord("it's") == "'it'\\''s'");
  CHECK(ShellWord("~") == "'~'");
}

TEST_CASE("UTF-8 surrogates, overlong forms and cut sequences are refused") {
  CHECK(IsUtf8("a\xC3\xA4\xF0\x9F\x98\x80"));
  CHECK_FALSE(IsUtf8("\xED\xA0\x80"));
  CHECK_FALSE(IsUtf8("\xC0\x80"));
  CHECK_FALSE(IsUtf8("\xC3"));
}

TEST_CASE("words that may be paths are found where they stand") {
  const std::string text = "See `src/a-b.c`, (x+1.h) and \"d\xC3\xA4.md\": none.";
  const std::vector<std::string_view> words = PathWordsIn(text);
  CHECK(words == std::vector<std::string_view>{"See", "src/a-b.c", "x+1.h", "and", "d\xC3\xA4.md", "none."});
  CHECK(words[1].data() == text.data() + 5);
  CHECK(PathWordsIn("").empty());
  CHECK(PathWordsIn("()").empty());
}

}  // namespace mamc
