#include "mamc/cli/exit_codes.hpp"

namespace mamc::cli {

Exit ExitFor(const Status& status) {
  switch (status.code()) {
    case Code::kOk:
      return kDone;
    case Code::kInvalid:
    case Code::kNotFound:
    case Code::kUnsupported:
      return kWrongUse;
    case Code::kUnavailable:
    case Code::kTimeout:
      return kUnreachable;
    case Code::kCancelled:
      return kInterrupted;
    default:
      return kWorkFailed;
  }
}

}  // namespace mamc::cli
