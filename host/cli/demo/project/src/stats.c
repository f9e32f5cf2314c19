#include "span.h"

long span_total(const long *spans, size_t count) {
  long total = 0;
  for (size_t i = 0; i < count; i++) total += spans[i];
  return total;
}

long span_mean(const long *spans, size_t count) {
  if (count == 0) return 0;
  return (span_total(spans, count) + count / 2) / count;
}
