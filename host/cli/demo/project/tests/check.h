/* A test runner of its own: every check prints one line, main() prints the sum. */
#ifndef CHECK_H
#define CHECK_H

void check_long(const char *name, long actual, long expected);
void check_text(const char *name, const char *actual, const char *expected);

void test_parse(void);
void test_format(void);
void test_stats(void);

#endif
