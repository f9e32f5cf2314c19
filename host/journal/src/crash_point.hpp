// Crash points of test builds: MAMC_CRASH_AT=N kills the process at the N-th point, as a power cut would.
#pragma once

namespace mamc::journal {

#ifdef MAMC_CRASH_POINTS
void CrashPoint();
#else
inline void CrashPoint() {}
#endif

}  // namespace mamc::journal
