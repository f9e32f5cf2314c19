/* bench_spawn_probe ROUNDS A... -- B...
 *
 * Runs two programs in turn, ROUNDS times each, and prints for every run a line "<a|b> <ns from spawn to exit> <max RSS
 * in KiB> <exit code>". A small program of its own, because a child's max RSS begins with that of the process which
 * spawned it: only a small parent can measure small children. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int run(const char *name, char **argv, const posix_spawn_file_actions_t *quiet) {
  struct rusage usage;
  pid_t pid;
  int status;
  int64_t before = now_ns();
  int error = posix_spawn(&pid, argv[0], quiet, NULL, argv, environ);
  if (error != 0) {
    fprintf(stderr, "bench_spawn_probe: cannot start %s: %s\n", argv[0], strerror(error));
    return 0;
  }
  if (wait4(pid, &status, 0, &usage) != pid) {
    perror("bench_spawn_probe: wait4");
    return 0;
  }
  printf("%s %lld %ld %d\n", name, (long long)(now_ns() - before), usage.ru_maxrss,
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return status == 0; /* one that fails would fail in every round */
}

int main(int argc, char **argv) {
  posix_spawn_file_actions_t quiet;
  int rounds = argc > 1 ? atoi(argv[1]) : 0;
  int split = 2;
  int i;
  while (split < argc && strcmp(argv[split], "--") != 0) ++split;
  if (rounds <= 0 || split == 2 || split + 1 >= argc) {
    fprintf(stderr, "usage: bench_spawn_probe ROUNDS A... -- B...\n");
    return 2;
  }
  argv[split] = NULL;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  for (i = 0; i < rounds; ++i)
    if (!run("a", argv + 2, &quiet) || !run("b", argv + split + 1, &quiet)) return 1;
  posix_spawn_file_actions_destroy(&quiet);
  return 0;
}
