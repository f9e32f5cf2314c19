#include <stdio.h>
#include <string.h>

#include "check.h"

static int passed, failed;

static int report(const char *name, int ok) {
  printf("%s - %s\n", ok ? "ok" : "not ok", name);
  if (ok) {
    passed++;
  } else {
    failed++;
  }
  return ok;
}

void check_long(const char *name, long actual, long expected) {
  if (!report(name, actual == expected)) printf("#   got %ld, expected %ld\n", actual, expected);
}

void check_text(const char *name, const char *actual, const char *expected) {
  if (!report(name, strcmp(actual, expected) == 0)) printf("#   got \"%s\", expected \"%s\"\n", actual, expected);
}

int main(void) {
  test_parse();
  test_format();
  test_stats();
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
