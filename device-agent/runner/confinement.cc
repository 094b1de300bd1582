#include "device-agent/runner/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/base/sanitized.h"
#include "proto/processes/child_process.h"

namespace diapason::device_agent {
namespace {

constexpr int64_t kMaxLogBytes = 1 << 20;  // for stderr, which is the only file that it writes

int64_t g_memory_bytes = 0;  // for the signal handler

void SetLimit(__rlimit_resource resource, int64_t value) {
  const rlimit limit = {static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  setrlimit(resource, &limit);
}

// Returns the size of the address space in use, from /proc/self/statm. It makes only calls that a signal
// handler may make.
int64_t AddressSpaceBytes() {
  const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  char text[64];
  const ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);
  if (fd >= 0) close(fd);
  int64_t pages = 0;
  for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; ++i) pages = pages * 10 + (text[i] - '0');
  return pages * sysconf(_SC_PAGESIZE);
}

// A candidate that gets no memory usually crashes soon, because it uses a null pointer.
void OnCrash(int signal_number) {
  constexpr double kNearly = 0.9;
  const double used = static_cast<double>(AddressSpaceBytes());
  if (used >= kNearly * static_cast<double>(g_memory_bytes)) _exit(kExitOutOfMemory);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void LimitMemory(int64_t bytes) {
  g_memory_bytes = bytes;
  SetLimit(RLIMIT_AS, bytes);
  static char stack[1 << 14];  // because the thread's own stack may have overflowed
  stack_t alternative = {};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof stack;
  sigaltstack(&alternative, nullptr);
  struct sigaction action = {};
  action.sa_handler = OnCrash;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  for (int signal_number : {SIGSEGV, SIGBUS, SIGABRT}) sigaction(signal_number, &action, nullptr);
}

void CloseOtherDescriptors() {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, kChildWriteFd + 1, ~0u, 0) == 0) return;
#endif
  for (int fd = kChildWriteFd + 1; fd < 1024; ++fd) close(fd);
}

void FilterSystemCalls() {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter == nullptr) return;
  const int allowed[] = {
      SCMP_SYS(read),
      SCMP_SYS(write),
      SCMP_SYS(close),
      SCMP_SYS(fstat),
      SCMP_SYS(newfstatat),
      SCMP_SYS(pread64),
      SCMP_SYS(lseek),
      SCMP_SYS(mmap),
      SCMP_SYS(munmap),
      SCMP_SYS(mprotect),
      SCMP_SYS(mremap),
      SCMP_SYS(madvise),
      SCMP_SYS(brk),
      SCMP_SYS(futex),
      SCMP_SYS(set_robust_list),
      SCMP_SYS(rseq),
      SCMP_SYS(rt_sigaction),
      SCMP_SYS(rt_sigprocmask),
      SCMP_SYS(rt_sigreturn),
      SCMP_SYS(sigaltstack),
      SCMP_SYS(sched_yield),
      SCMP_SYS(sched_getaffinity),
      SCMP_SYS(sched_setaffinity),
      SCMP_SYS(clock_gettime),
      SCMP_SYS(clock_nanosleep),
      SCMP_SYS(gettid),
      SCMP_SYS(getpid),
      SCMP_SYS(exit),
      SCMP_SYS(exit_group),
      SCMP_SYS(getrandom),
      SCMP_SYS(poll),
      SCMP_SYS(ppoll),
      SCMP_SYS(membarrier),
      SCMP_SYS(getcpu),
      SCMP_SYS(sysinfo),
  };
  for (int call : allowed) seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
  // Files may be opened for reading only. Threads may be created, but not processes. clone3 has its flags
  // behind a pointer, so it is refused; the C library then uses clone.
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                   SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                   SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  // abort() sends a signal to its own process. No signal may be sent to another one, for example the parent.
  const auto self = static_cast<scmp_datum_t>(getpid());
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, self, 0));
  seccomp_load(filter);  // fails if the kernel has no seccomp; then only the sandbox protects
  seccomp_release(filter);
}

}  // namespace

void Confine(const Confinement& confinement) {
  SetLimit(RLIMIT_CORE, 0);
  SetLimit(RLIMIT_FSIZE, kMaxLogBytes);
  if (confinement.cpu_seconds > 0) SetLimit(RLIMIT_CPU, confinement.cpu_seconds);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  CloseOtherDescriptors();
  if (kSanitized || confinement.emulated) return;
  if (confinement.memory_bytes > 0) LimitMemory(confinement.memory_bytes);
  FilterSystemCalls();
}

}  // namespace diapason::device_agent
