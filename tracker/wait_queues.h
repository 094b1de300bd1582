// Wakes the long polls that wait for news about a device or a client. Each device and each client has a
// queue of waiting calls, which has a name.
//
// Lock rule: thread-safe. It has its own mutex, which it holds only for moments. Wake and closed may be
// called while any other lock is held. Wait must be called while no lock is held.
#ifndef DIAPASON_TRACKER_WAIT_QUEUES_H_
#define DIAPASON_TRACKER_WAIT_QUEUES_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/base/mutex.h"

namespace diapason::tracker {

// Return the name of the queue of a device or of a client.
std::string DeviceQueue(absl::string_view device_id);
std::string ClientQueue(absl::string_view client_id);

// All queues of waiting calls, by name.
class WaitQueues {
 public:
  // A call that waits in one queue. It notices every Wake since its construction. Construct it before
  // looking at the state that the call waits for; then no change can be missed between looking and
  // waiting. Only one thread may use a waiter.
  class Waiter {
   public:
    // `queues` must outlive this object.
    Waiter(WaitQueues& queues, absl::string_view queue);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // Waits until the queue has been woken since the last Wait, but at most for `timeout`. Returns at once
    // if the queues are closed.
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

  // Makes every wait return at once, now and later.
  void Close();
  bool closed() const;

 private:
  mutable Mutex mu_;
  std::multimap<std::string, Waiter*, std::less<>> waiters_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_WAIT_QUEUES_H_
