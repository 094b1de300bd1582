// Wakes the long polls that wait for news about a device or a client. There is one queue of waiting calls for
// each of them, by name.
//
// Lock rule: thread-safe, by a mutex of its own that is held for moments only. Wake and closed may be called
// with any other lock held; Wait must be called with none.
#ifndef DIAPASON_TRACKER_WAIT_QUEUES_H_
#define DIAPASON_TRACKER_WAIT_QUEUES_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/base/mutex.h"

namespace diapason::tracker {

// The names of the queues.
std::string DeviceQueue(absl::string_view device_id);
std::string ClientQueue(absl::string_view client_id);

class WaitQueues {
 public:
  // A call that waits in one queue. It notices every Wake from its construction on: make it before looking at
  // the state that it waits for, so that no change falls between the look and the wait. One thread uses a
  // waiter.
  class Waiter {
   public:
    Waiter(WaitQueues& queues, absl::string_view queue);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // Returns when the queue was woken since the last Wait, at the latest after `timeout`, and at once when
    // closed.
    void Wait(absl::Duration timeout);

   private:
    friend class WaitQueues;
    WaitQueues& queues_;
    std::multimap<std::string, Waiter*, std::less<>>::iterator place_;
    CondVar changed_;
    bool woken_ = false;  // guarded by queues_.mu_
  };

  // Wakes all calls that wait in the queue.
  void Wake(absl::string_view queue);

  // Every wait, now and later, returns at once.
  void Close();
  bool closed() const;

 private:
  mutable Mutex mu_;
  std::multimap<std::string, Waiter*, std::less<>> waiters_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_WAIT_QUEUES_H_
