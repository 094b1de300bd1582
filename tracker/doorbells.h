// Wakes the long polls that wait for news about a device or a client. Thread-safe. It may be rung while other locks
// are held: it takes none but its own.
#ifndef DIAPASON_TRACKER_DOORBELLS_H_
#define DIAPASON_TRACKER_DOORBELLS_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/base/mutex.h"

namespace diapason::tracker {

class Doorbells {
 public:
  // Hears the rings at one door from its construction on. Make it before looking at the state that it announces, so
  // that no change falls between the look and the wait. One thread uses a listener.
  class Listener {
   public:
    Listener(Doorbells& bells, absl::string_view door);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Returns when the door was rung since the last Wait, at the latest after `timeout`, and at once when closed.
    void Wait(absl::Duration timeout);

   private:
    friend class Doorbells;
    Doorbells& bells_;
    std::multimap<std::string, Listener*, std::less<>>::iterator place_;
    CondVar changed_;
    bool rung_ = false;  // guarded by bells_.mu_
  };

  void Ring(absl::string_view door);

  // Every wait, now and later, returns at once.
  void Close();
  bool closed() const;

 private:
  mutable Mutex mu_;
  std::multimap<std::string, Listener*, std::less<>> listeners_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DOORBELLS_H_
