// Keeps what a child process writes to stderr. The text is in memory, so that no file is ever left behind.
// Not thread-safe.
#ifndef DIAPASON_PROTO_PROCESSES_CAPTURED_STDERR_H_
#define DIAPASON_PROTO_PROCESSES_CAPTURED_STDERR_H_

#include <string>

namespace diapason {

// Owns the memory that holds the text.
class CapturedStderr {
 public:
  CapturedStderr();
  ~CapturedStderr();
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  // The value for ChildOptions.stderr_path. Empty if the kernel gave us no memory file; the child then
  // inherits our stderr.
  std::string path() const;

  // Deletes the text. Call it before the next child starts.
  void Clear();
  // Returns the last 64 KiB of the text.
  std::string Text() const;

 private:
  const int fd_;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_CAPTURED_STDERR_H_
