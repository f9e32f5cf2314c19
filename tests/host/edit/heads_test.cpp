// A hunk that names a function, a type or a key means that one, whatever else its lines resemble.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

std::string Block(const std::string& search, const std::string& replace) {
  return "a.txt\n```\n<<<<<<< SEARCH\n" + search + "=======\n" + replace + ">>>>>>> REPLACE\n```\n";
}

std::string Diff(const std::string& hunk) {
  return "```diff\n--- a/a.txt\n+++ b/a.txt\n@@ ... @@\n" + hunk + "```\n";
}

// Two functions of the same lines.
const std::string kPart = "    a = get(x)\n    b = a + 1\n    return b\n";
const std::string kTwins = "def foo(x):\n" + kPart + "\n\ndef bar(x):\n" + kPart;
// The first change of both, at `hunk`.
std::string TwinEdit(const std::string& hunk) {
  return "```diff\n--- a/a.txt\n+++ b/a.txt\n" + hunk +
         "\n     a = get(x)\n-    b = a + 1\n+    b = a + 2\n     return b\n```\n";
}

// The part that `head` names is not in the file: what resembles it stays as it is. With a wrong line that
// names nothing, the same hunk applies.
void CheckMeansItsOwn(const std::string& head, const std::string& other_head, const std::string& body,
                      const std::string& last, const std::string& foot) {
  INFO(head);
  test::TempDir dir;
  const std::string before = other_head + "\n" + body + last + "\n" + foot;
  dir.Write("a.txt", before);
  auto hunk = [&](const std::string& first) {
    std::string text = " " + first + "\n";
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t end = body.find('\n', at) + 1;
      text += " " + body.substr(at, end - at);
      at = end;
    }
    return Diff(text + "-" + last + "\n+" + last + " changed\n");
  };
  const Report report = Try(dir, hunk(head));
  REQUIRE_FALSE(report.ok());
  CHECK(report.refused[0].reason.find("names what is to be changed") != std::string::npos);
  CHECK(dir.Read("a.txt") == before);
  CHECK(Try(dir, hunk("    something quite different")).ok());
  CHECK(dir.Read("a.txt") == other_head + "\n" + body + last + " changed\n" + foot);
}

// What is meant for the part `wrong` leaves the text as it is, and what is meant for `right` applies.
template <class Edit>
void CheckTells(const std::string& before, const Edit& edit, const std::string& wrong,
                const std::string& right) {
  test::TempDir dir;
  dir.Write("a.txt", before);
  CHECK_FALSE(Try(dir, edit(wrong)).ok());
  CHECK(dir.Read("a.txt") == before);
  CHECK(Try(dir, edit(right)).ok());
}

}  // namespace

TEST_CASE("a hunk of a function, type, key or section that is not in the file changes no other") {
  const std::string body = "    load(now);\n    check(now);\n    parse(now);\n";
  CheckMeansItsOwn("def get_orders(self, oid):", "def get_user(self, uid):", body, "    store(now)", "");
  CheckMeansItsOwn("    async def get_orders(self):", "    async def get_user(self):", body, "    store(now)",
                   "");
  CheckMeansItsOwn("class Orders(Base):", "class Users(Base):", body, "    store(now)", "");
  CheckMeansItsOwn("int get_orders(int id)", "int get_user(int id)", body, "    store(now);", "}\n");
  CheckMeansItsOwn("  public int getOrders(int id) {", "  public int getUser(int id) {", body,
                   "    store(now);", "}\n");
  CheckMeansItsOwn("func (a *Api) Orders(id int) error {", "func (a *Api) User(id int) error {", body,
                   "    store(now)", "}\n");
  CheckMeansItsOwn("pub(crate) fn orders(id: u32) {", "pub(crate) fn user(id: u32) {", body,
                   "    store(now);", "}\n");
  CheckMeansItsOwn("const orders = async (id) => {", "const user = async (id) => {", body, "    store(now);",
                   "}\n");
  CheckMeansItsOwn("typedef struct orders {", "typedef struct users {", body, "    store(now);", "}\n");
  CheckMeansItsOwn("  deploy:", "  build:", body, "    timeout: 10", "");
  CheckMeansItsOwn("- name: deploy", "- name: build", body, "    timeout: 10", "");
  CheckMeansItsOwn("  \"deploy\": {", "  \"build\": {", body, "    \"timeout\": 10", "  }\n");
  CheckMeansItsOwn("[deploy]", "[build]", body, "timeout = 10", "");
  CheckMeansItsOwn(".deploy > a {", ".build > a {", body, "  width: 10px;", "}\n");
}

TEST_CASE("what a type is used for is named and not the type") {
  const std::string body = "\tload(now);\n\tcheck(now);\n\tparse(now);\n";
  CheckMeansItsOwn("struct node *insert_right(struct node *n, int k) {",
                   "struct node *insert_left(struct node *n, int k) {", body, "\tstore(now);", "}\n");
  CheckMeansItsOwn("static const struct file_operations bar_fops = {",
                   "static const struct file_operations foo_fops = {", body, "\tstore(now);", "};\n");
  CheckMeansItsOwn("struct option long_opts[] = {", "struct option short_opts[] = {", body, "\tstore(now);",
                   "};\n");
  CheckMeansItsOwn("FROM debian AS test", "FROM debian AS build", "RUN load\nRUN check\nRUN parse\n",
                   "RUN store", "");
}

TEST_CASE("a comment above lines that nothing holds names them") {
  const std::string before = "# production\nhost = db1.example.org\nport = 5432\npool = 10\n";
  auto edit = [](const std::string& title) {
    const std::string lines = title + "\nhost = db1.example.org\nport = 5432\n";
    return Block(lines + "pool = 10\n", lines + "pool = 2\n");
  };
  CheckTells(before, edit, "# staging", "# production");
}

TEST_CASE("a hunk does not reach into a part whose head it does not hold") {
  const std::string body = "    check(p)\n    data = read(p)\n    log(data)\n    more(p)\n";
  const std::string before = "def load(p):\n" + body + "\n\ndef dump(p):\n    return fmt(p)\n";
  test::TempDir dir;
  dir.Write("a.py", before);
  const auto block = [](const std::string& lines, const std::string& old, const std::string& now) {
    return "a.py\n<<<<<<< SEARCH\n" + lines + old + "=======\n" + lines + now + ">>>>>>> REPLACE\n";
  };
  const Report report = Try(dir, block("def load(p):\n" + body, "    return fmt(p)\n", "    return 2\n"));
  REQUIRE_FALSE(report.ok());
  CHECK_THAT(report.refused[0].reason, Catch::Contains("'def dump(p):' at line 8"));
  CHECK(dir.Read("a.py") == before);
  // A line that is left out and is no head is a wrong line as others.
  CHECK(Try(dir, block("def load(p):\n    check(p)\n    data = read(p)\n", "    more(p)\n", "    less(p)\n"))
            .ok());
}

TEST_CASE("dots do not reach into another section of a flat file") {
  const std::string before = "[alpha]\nhost = a\n\n[beta]\nport = 80\nhost = b\n";
  auto edit = [](const std::string& section) {
    return Block("[" + section + "]\n...\nport = 80\n", "[" + section + "]\n...\nport = 81\n");
  };
  CheckTells("[alpha]\nhost = a\n\n[beta]\nname = b\nport = 80\nhost = b\n", edit, "alpha", "beta");
  CheckTells(before, edit, "alpha", "beta");
}

TEST_CASE("a head that several parts have does not say which is meant") {
  const std::string tail = "    root /var/www;\n    index a.html;\n    gzip on;\n    proxy on;\n}\n";
  const std::string before =
      "server {\n    name alpha;\n" + tail +
      "server {\n    name beta;\n    root /b;\n    index b.php;\n    gzip off;\n    log off;\n}\n";
  auto edit = [&](const std::string& name) {
    const std::string lines = "server {\n    name " + name + ";\n";
    return Block(lines + tail, lines + tail.substr(0, tail.find("    proxy")) + "    proxy off;\n}\n");
  };
  CheckTells(before, edit, "beta", "alpha");
}

TEST_CASE("a field that several parts have tells them apart by its value") {
  const std::string foot = "    \"role\": \"dev\",\n    \"active\": true\n  },\n  {\n";
  const std::string before =
      "  {\n    \"user\": \"ann\",\n" + foot + "    \"user\": \"cid\",\n    \"role\": \"ops\"\n  }\n";
  auto edit = [](const std::string& user) {
    return Diff("   {\n     \"user\": \"" + user +
                "\",\n     \"role\": \"dev\",\n-    \"active\": true\n+    \"active\": false\n");
  };
  CheckTells(before, edit, "bob", "ann");
  // Of a field that is there once only the value was told wrongly.
  test::TempDir dir;
  dir.Write("a.txt", "  {\n    \"user\": \"ann\",\n" + foot);
  CHECK(Try(dir, edit("bob")).ok());
}

TEST_CASE("a head above a bracket of its own line holds what is in it") {
  const std::string before =
      "void Run(User user)\n{\n    if (user.IsAdmin)\n    {\n        Audit(user);\n        Send(user, 1);\n  "
      "  }\n"
      "    Done();\n}\n";
  auto edit = [](const std::string& head) {
    return Diff(
        "     " + head +
        "\n     {\n         Audit(user);\n-        Send(user, 1);\n+        Send(user, 0);\n     }\n");
  };
  CheckTells(before, edit, "if (user.IsGuest)", "if (user.IsAdmin)");
}

TEST_CASE("more wrong lines do not make a hunk apply that fewer refuse") {
  test::TempDir dir;
  const std::string before =
      "function run(user) {\n  if (user.role === \"admin\") {\n    audit(user);\n    sendReport(user, "
      "\"quarterly\");\n  "
      "}\n}\n";
  dir.Write("a.txt", before);
  for (const char* line : {"audit(user);", "greet(user);"}) {
    INFO(line);
    CHECK_FALSE(
        Try(dir, Diff(std::string("   if (user.role === \"guest\") {\n     ") + line +
                      "\n-    sendReport(user, \"quarterly\");\n+    sendReport(user, \"weekly\");\n   }\n"))
            .ok());
    CHECK(dir.Read("a.txt") == before);
  }
}

TEST_CASE("numbers do not decide against the head that git writes behind them") {
  test::TempDir dir;
  dir.Write("a.txt", kTwins);
  auto edit = [](const std::string& heading) { return TwinEdit("@@ -2,3 +2,3 @@ " + heading); };
  CHECK_FALSE(Try(dir, edit("def bar(x):")).ok());
  CHECK(dir.Read("a.txt") == kTwins);
  CHECK(Try(dir, edit("def gone(x):")).ok());
  // A number that is beyond the file's end says nothing.
  dir.Write("a.txt", "def bar(x):\n    return x + 1\n");
  CHECK(Try(dir,
            "```diff\n--- a/a.txt\n+++ b/a.txt\n@@ -900,1 +900,1 @@ def bar(x):\n-    return x + 1\n"
            "+    return x + 2\n```\n")
            .ok());
  dir.Write("a.txt", kTwins);
  CHECK(Try(dir, edit("def foo(x):")).ok());
  CHECK(dir.Read("a.txt").find("a + 2") < kTwins.find("def bar"));
}

TEST_CASE("the head that git writes decides between places that are equally good") {
  test::TempDir dir;
  dir.Write("a.txt", kTwins);
  CHECK_FALSE(Try(dir, TwinEdit("@@ @@")).ok());
  CHECK_FALSE(Try(dir, TwinEdit("@@ def gone(x):")).ok());
  CHECK(Try(dir, TwinEdit("@@ def bar(x):")).ok());
  CHECK(dir.Read("a.txt") ==
        "def foo(x):\n" + kPart + "\n\ndef bar(x):\n    a = get(x)\n    b = a + 2\n    return b\n");
}

TEST_CASE("lines that go are not found by themselves below the head of a part that is not there") {
  const std::string before = "int f(void)\n{\n\tlock(&m);\n\tupdate_statistics(s, 1);\n\tunlock(&m);\n}\n";
  auto edit = [](const std::string& head) {
    return "```diff\n--- a/a.txt\n+++ b/a.txt\n@@ -4,3 +4,3 @@ " + head +
           "\n \tprepare(s);\n \tcheck(s);\n-\tupdate_statistics(s, 1);\n+\tupdate_statistics(s, 2);\n "
           "\tfinish(s);\n```\n";
  };
  CheckTells(before, edit, "int g(void)", "int f(void)");
}

TEST_CASE("a call that holds others is told from its like by its first argument") {
  const std::string body = "  const db = open();\n  const rows = db.all();\n  check(rows);\n";
  CheckMeansItsOwn("app.get('/posts', (req, res) => {", "app.get('/users', (req, res) => {", body,
                   "  res.json(rows);", "});\n");
  CheckMeansItsOwn("t.Run(\"large\", func(t *testing.T) {", "t.Run(\"small\", func(t *testing.T) {", body,
                   "  res.json(rows);", "});\n");
  CheckMeansItsOwn("const posts = createSlice({", "const users = createSlice({", body, "  res.json(rows);",
                   "});\n");
  CheckMeansItsOwn("target_link_libraries(extra", "target_link_libraries(core",
                   "  PRIVATE a\n  PRIVATE b\n  PRIVATE c\n", "  PRIVATE d", ")\n");
  CheckMeansItsOwn("@app.route('/posts')", "@app.route('/users')",
                   "def view():\n    a = load()\n    b = a.all()\n", "    return b", "");
}

TEST_CASE("a head that has changed but for its name is still the same") {
  test::TempDir dir;
  dir.Write("a.txt", "def load(a, b=None):\n    x = open(a)\n    y = read(x)\n    return y\n");
  REQUIRE(
      Try(dir, Diff(" def load(a):\n     x = open(a)\n     y = read(x)\n-    return y\n+    return y + 1\n"))
          .ok());
  CHECK(dir.Read("a.txt") == "def load(a, b=None):\n    x = open(a)\n    y = read(x)\n    return y + 1\n");
  // Also when the answer does not know what stands between them.
  dir.Write("a.txt",
            "def load(a, b=None):\n    '''reads'''\n    x = open(a)\n    y = read(x)\n    z = 1\n    w = 2\n "
            "   v = 3\n    return y\n");
  CHECK(Try(dir, Diff(" def load(a):\n     x = open(a)\n     y = read(x)\n     z = 1\n     w = 2\n     v = "
                      "3\n-    return y\n"
                      "+    return v\n"))
            .ok());
}

TEST_CASE("lines that go are not found by themselves under the name of another function") {
  test::TempDir dir;
  const std::string before =
      "def get_user(self, uid):\n    url = self.url\n    return response.json()['data']\n";
  dir.Write("a.txt", before);
  const Report report = Try(
      dir,
      Block("def get_orders(self, oid):\n    address = self.orders\n    return response.json()['data']\n",
            "def get_orders(self, oid):\n    address = self.orders\n    return response.json()['orders']\n"));
  CHECK_FALSE(report.ok());
  CHECK(dir.Read("a.txt") == before);
}

TEST_CASE("a twin whose lines fit better does not win over the part that the hunk names") {
  test::TempDir dir;
  const std::string before =
      "dev:\n  host: a\n  port: 80\n  debug: true\n  user: x\nprod:\n  host: b\n  port: 80\n  debug: false\n "
      " user: x\n";
  dir.Write("a.txt", before);
  const Report report =
      Try(dir, Diff(" prod:\n   host: a\n-  port: 80\n+  port: 443\n   debug: true\n   user: x\n"));
  REQUIRE_FALSE(report.ok());
  CHECK(report.refused[0].reason.find("'prod:'") != std::string::npos);
  CHECK(dir.Read("a.txt") == before);
}

TEST_CASE("a line of context that is at another place that is little dearer makes both uncertain") {
  test::TempDir dir;
  // One wrong line at the first place, two at the second, and the one that is right only there.
  const std::string before =
      "first of all\none = 1\ntwo = 2\nthree = 3\nfour = 4\nfive = 5\ngo()\n\n\n\nsecond of all\none = "
      "1\ntwo = 20\nthree = 30\n"
      "four = 4\nfive = 5\ngo()\n";
  dir.Write("a.txt", before);
  const Report report = Try(
      dir, Diff(" second of all\n one = 1\n two = 2\n three = 3\n four = 4\n five = 5\n-go()\n+stay()\n"));
  CHECK_FALSE(report.ok());
  CHECK(dir.Read("a.txt") == before);
  // Without a place that the line is at, one wrong line does no harm.
  CHECK(
      Try(dir, Diff(" third of all\n one = 1\n two = 2\n three = 3\n four = 4\n five = 5\n-go()\n+stay()\n"))
          .ok());
}

TEST_CASE("a line that what changes stands within decides the place in any language") {
  auto check = [](const std::string& head, const std::string& other_head, const std::string& body,
                  const std::string& last, const std::string& foot) {
    INFO(head);
    test::TempDir dir;
    auto part = [&](const std::string& first) { return first + "\n" + body + last + "\n" + foot; };
    auto hunk = [&](const std::string& first) {
      return Block(first + "\n" + body + last + "\n", first + "\n" + body + last + " changed\n");
    };
    // The part that is meant is gone, or its lines are no longer like these.
    for (const std::string& before :
         {part(other_head), head + "\n" + "    quite\n    other\n    lines\n" + foot + part(other_head)}) {
      dir.Write("a.txt", before);
      CHECK_FALSE(Try(dir, hunk(head)).ok());
      CHECK(dir.Read("a.txt") == before);
    }
    dir.Write("a.txt", part(head) + part(other_head));
    CHECK(Try(dir, hunk(head)).ok());
  };
  check("  case A:", "  case B:", "    load(now);\n    check(now);\n    parse(now);\n", "    store(now);",
        "");
  check("install: all", "remove: all", "\tload now\n\tcheck now\n\tparse now\n", "\tstore now", "");
  check("  - host: alpha", "  - host: beta", "    port: 80\n    user: root\n    debug: true\n",
        "    wait: 10", "");
  check("  <ul id=\"alpha\">", "  <ul id=\"beta\">", "    <li>one\n    <li>two\n    <li>three\n",
        "    <li>four", "  </ul>\n");
  check("- host: alpha", "- host: beta", "  port: 80\n  user: root\n  debug: true\n", "  wait: 10", "");
  check("elif x:", "elif y:", "    load(now)\n    check(now)\n    parse(now)\n", "    store(now)", "");
  check("UPDATE orders", "UPDATE users", "SET kind = 1,\n  state = 2,\n  name = 'new'\n", "WHERE id = 7;",
        "");
}

TEST_CASE("lines that go are not found by themselves in another branch, target or element") {
  auto refuses = [](const std::string& head, const std::string& other_head) {
    INFO(head);
    test::TempDir dir;
    const std::string before = other_head + "\n    check(later);\n    release_everything(now);\n";
    dir.Write("a.txt", before);
    auto block = [](const std::string& first) {
      return Block(first + "\n    check(now);\n    release_everything(now);\n",
                   first + "\n    check(now);\n    release(now);\n");
    };
    CHECK_FALSE(Try(dir, block(head)).ok());
    CHECK(dir.Read("a.txt") == before);
    CHECK(Try(dir, block(other_head)).ok());
  };
  refuses("  case A:", "  case B:");
  refuses("elif x:", "elif y:");
  refuses("  } else if (x) {", "  } else if (y) {");
  refuses("install: all", "remove: all");
  refuses("  <ul class='c' id=\"alpha\">", "  <ul class='c' id=\"beta\">");
  refuses("  <item key='alpha'/>", "  <item key='beta'/>");
  refuses("UPDATE orders", "UPDATE users");
}

TEST_CASE("a line that is elsewhere in the file is not taken for a wrong one") {
  test::TempDir dir;
  const std::string before =
      "the first of them\none = 10\ntwo = 20\nthree = 30\n\n\nthe second of them\none = 1\ntwo = 2\nthree = "
      "3\nfour = 4\ngo()\n";
  dir.Write("a.txt", before);
  auto hunk = [](const std::string& first) {
    return Diff(" " + first + "\n one = 1\n two = 2\n three = 3\n four = 4\n-go()\n+stay()\n");
  };
  const Report report = Try(dir, hunk("the first of them"));
  REQUIRE_FALSE(report.ok());
  CHECK(report.refused[0].reason.find("elsewhere in the file") != std::string::npos);
  CHECK(dir.Read("a.txt") == before);
  CHECK(Try(dir, hunk("the third of them")).ok());
}
