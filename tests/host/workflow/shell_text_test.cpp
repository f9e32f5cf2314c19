#include <catch2/catch.hpp>

#include "fake_names.hpp"

namespace mamc::workflow {
namespace {

std::string Yaml(const std::string& shell, const std::string& more = "") {
  std::string block;
  for (std::size_t begin = 0; begin <= shell.size();) {
    std::size_t end = std::min(shell.find('\n', begin), shell.size());
    block += "      " + shell.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return "name: w\nsteps:\n  - id: a\n    type: command\n" + more + "    shell: |-\n" + block;
}

Json Params(const std::string& shell, const std::string& more = "") {
  return Loaded(Yaml(shell, more))
      ->steps[0]
      ->params.Render(JsonScope(R"({"task":{"title":"a'; rm -rf \"$HOME\"","n":3,"cmd":"make test"}})"));
}

}  // namespace

TEST_CASE("values travel in the environment and never in the shell text") {
  Json params = Params("echo ${task.title} x${task.n}");
  CHECK(params["shell"] == "echo \"$MAMC_ARG_1\" x\"$MAMC_ARG_2\"");
  CHECK(params["env"] == Json::parse(R"({"MAMC_ARG_1": "a'; rm -rf \"$HOME\"", "MAMC_ARG_2": "3"})"));
}

TEST_CASE("the shell sees one word in every kind of quotes") {
  CHECK(Params("echo \"t: ${task.title}!\"")["shell"] == "echo \"t: ${MAMC_ARG_1}!\"");
  CHECK(Params("echo 't: ${task.title}!'")["shell"] == "echo 't: '\"$MAMC_ARG_1\"'!'");
  CHECK(Params("echo \"$(cat ${task.title})\" ${task.n}")["shell"] ==
        "echo \"$(cat \"$MAMC_ARG_1\")\" \"$MAMC_ARG_2\"");
  CHECK(Params("echo \\\" ${task.title}")["shell"] == "echo \\\" \"$MAMC_ARG_1\"");
  CHECK(Params("# it's\necho ${task.title}")["shell"] == "# it's\necho \"$MAMC_ARG_1\"");
  CHECK(Params("echo a#'b' ${task.title}")["shell"] == "echo a#'b' \"$MAMC_ARG_1\"");
}

TEST_CASE("a text that is one template alone is the command") {
  Json params = Params("${task.cmd}");
  CHECK(params == Json::parse(R"({"shell":"make test"})"));
}

TEST_CASE("the variables join those of the step") {
  Json params = Params("echo ${task.n}", "    env: {A: b, T: \"${task.n} x\"}\n");
  CHECK(params["env"] == Json::parse(R"({"A":"b","T":"3 x","MAMC_ARG_1":"3"})"));
  CHECK(ProblemsOf(Yaml("echo ${task.n}", "    env: {MAMC_ARG_1: b}\n")).find("are taken") !=
        std::string::npos);
  CHECK(ProblemsOf(Yaml("echo ${task.n}", "    env: ${task.env}\n")).find("must be a mapping") !=
        std::string::npos);
}

TEST_CASE("the shell keeps its own variables") {
  CHECK(Params("echo $HOME $${HOME:-x}")["shell"] == "echo $HOME ${HOME:-x}");
  CHECK(ProblemsOf(Yaml("echo ${HOME}")).find("unknown name 'HOME'") != std::string::npos);
  CHECK(ProblemsOf(Yaml("echo ${HOME:-x}")).find("write $${") != std::string::npos);
}

TEST_CASE("templates where a shell would read the value as a program are refused") {
  CHECK(ProblemsOf(Yaml("echo $((1 + ${task.n}))")).find("$((...))") != std::string::npos);
  CHECK(ProblemsOf(Yaml("echo `ls ${task.n}`")).find("backquotes") != std::string::npos);
  CHECK(ProblemsOf(Yaml("cat <<EOF\n${task.n}\nEOF")).find("behind <<") != std::string::npos);
  CHECK(ProblemsOf(Yaml("echo \\${task.n}")).find("backslash") != std::string::npos);
  CHECK(Params("echo $((1 + 2)) ${task.n}")["shell"] == "echo $((1 + 2)) \"$MAMC_ARG_1\"");
}

}  // namespace mamc::workflow
