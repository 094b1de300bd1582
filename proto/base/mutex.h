// std::mutex and std::condition_variable with the annotations of clang's thread-safety analysis. We use
// them instead of absl::Mutex because ThreadSanitizer cannot look into Debian's build of Abseil.
#ifndef DIAPASON_PROTO_BASE_MUTEX_H_
#define DIAPASON_PROTO_BASE_MUTEX_H_

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace diapason {

// A mutex. Prefer MutexLock to Lock and Unlock.
class ABSL_LOCKABLE Mutex {
 public:
  // Lock waits until no thread holds the mutex. Only the thread that holds it may call Unlock; it must not
  // call Lock again before.
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mu_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mu_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mu_;
};

// Holds a mutex for as long as the object exists.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  // Locks `mu`, which must outlive this object.
  explicit MutexLock(Mutex& mu) ABSL_EXCLUSIVE_LOCK_FUNCTION(mu) : mu_(mu) { mu_.Lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mu_.Unlock(); }

  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mu_;
};

// A condition variable. A wait may also end without a signal, so the caller must test its condition again.
class CondVar {
 public:
  // Waits until SignalAll is called.
  void Wait(Mutex& mu) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    std::unique_lock<std::mutex> lock(mu.mu_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  // Waits until SignalAll is called, but at most for `timeout`, and never longer than a year. Returns
  // false if the time is over.
  bool WaitFor(Mutex& mu, absl::Duration timeout) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    std::unique_lock<std::mutex> lock(mu.mu_, std::adopt_lock);
    const absl::Duration bounded = std::min(timeout, absl::Hours(24 * 365));
    const bool notified =
        condition_.wait_for(lock, absl::ToChronoNanoseconds(bounded)) == std::cv_status::no_timeout;
    lock.release();
    return notified;
  }

  // Wakes all threads that wait.
  void SignalAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_MUTEX_H_
