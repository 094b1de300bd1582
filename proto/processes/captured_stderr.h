// What a child process says on stderr, kept in memory: no file is left behind, whatever happens. Not
// thread-safe.
#ifndef DIAPASON_PROTO_PROCESSES_CAPTURED_STDERR_H_
#define DIAPASON_PROTO_PROCESSES_CAPTURED_STDERR_H_

#include <string>

namespace diapason {

class CapturedStderr {
 public:
  CapturedStderr();
  ~CapturedStderr();
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  // For ChildOptions.stderr_path; empty (inherited) where the kernel gave no memory file.
  std::string path() const;

  void Clear();
  // The last 64 KiB.
  std::string Text() const;

 private:
  const int fd_;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_CAPTURED_STDERR_H_
