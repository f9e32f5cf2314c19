#include "check.h"
#include "span.h"

static long parsed(const char *text) {
  long seconds = -1;
  return span_parse(text, &seconds) == SPAN_OK ? seconds : -1;
}

void test_parse(void) {
  long kept = 7;
  check_long("parse reads one unit", parsed("90s"), 90);
  check_long("parse adds units up", parsed("1d 2h 3m 4s"), 93784);
  check_long("parse needs no spaces", parsed("1h30m"), 5400);
  check_long("parse reads a negative length", parsed("-2m"), -120);
  check_long("parse refuses an empty text", span_parse("", &kept), SPAN_EMPTY);
  check_long("parse refuses a number without a unit", span_parse("12", &kept), SPAN_SYNTAX);
  check_long("parse refuses what does not fit", span_parse("99999999999999999999d", &kept), SPAN_RANGE);
  check_long("parse keeps the old value when it fails", kept, 7);
}
