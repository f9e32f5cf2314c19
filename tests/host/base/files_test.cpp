#include "mamc/base/files.hpp"

#include <fcntl.h>

#include <catch2/catch.hpp>

#include "mamc/base/descriptor.hpp"

using namespace mamc;

TEST_CASE("a full disk is something that may be tried again when there is room") {
  Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  const Status written = WriteAll(full.get(), "x", "/dev/full");
  CHECK(written.code() == Code::kUnavailable);
  CHECK_THAT(written.message(), Catch::Contains("No space left on device"));
}
