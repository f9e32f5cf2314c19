#include "check.h"
#include "span.h"

void test_stats(void) {
  const long spans[] = {60, 90, 121};
  check_long("total adds lengths up", span_total(spans, 3), 271);
  check_long("total of nothing is zero", span_total(spans, 0), 0);
  check_long("mean rounds to the nearest second", span_mean(spans, 3), 90);
  check_long("mean of nothing is zero", span_mean(spans, 0), 0);
}
