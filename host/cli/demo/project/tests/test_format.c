#include "check.h"
#include "span.h"

void test_format(void) {
  char out[32] = "";
  span_format(93784, out, sizeof out);
  check_text("format writes every unit", out, "1d 2h 3m 4s");
  span_format(5400, out, sizeof out);
  check_text("format leaves out what is zero", out, "1h 30m");
  span_format(0, out, sizeof out);
  check_text("format writes zero", out, "0s");
  span_format(-61, out, sizeof out);
  check_text("format writes a negative length", out, "-1m 1s");

  char small[] = "........";
  check_long("format fits into exactly enough room", (long)span_format(90, small, 7), 6);
  check_text("format writes nothing behind its room", small + 7, ".");
  check_long("format refuses room without the final NUL", (long)span_format(90, small, 6), 0);
}
