// What a tuner-server tells Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/):
// trials and builds as they end, and the state of jobs, devices and builders at the moment of asking.
// All values of a label are known in advance and always present, so that a query never meets a series
// that is missing. docs/web-page.md lists the metrics.
#ifndef DIAPASON_TUNER_SERVER_SERVER_METRICS_H_
#define DIAPASON_TUNER_SERVER_SERVER_METRICS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "diapason/v1/tuner.pb.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "proto/base/mutex.h"
#include "tuner/build/builder.h"
#include "tuner/job/measurer.h"

namespace diapason::tuner {

// Thread-safe.
class ServerMetrics {
 public:
  ServerMetrics();

  void CountBuild(const v1::BuildResponse& response);
  void CountTrial(const v1::MeasureResult& result);

  // The state at the moment of asking.
  struct State {
    std::vector<v1::JobStatus> jobs;
    bool tracker_answers = false;  // else `devices` is empty
    std::vector<v1::DeviceStatus> devices;
    size_t waiting_builds = 0;
  };
  // Returns all metrics in Prometheus' text format.
  std::string Text(const State& state);

 private:
  using Counters = std::map<int, prometheus::Counter*>;
  using Gauges = std::map<int, prometheus::Gauge*>;

  prometheus::Registry registry_;
  Counters builds_;  // by OutcomeKind
  Counters trials_;  // by OutcomeKind
  prometheus::Histogram* build_seconds_;
  prometheus::Histogram* trial_seconds_;
  Gauges jobs_;     // by JobState
  Gauges devices_;  // by DeviceState
  Gauges health_;   // by DeviceHealth
  prometheus::Gauge* busy_devices_;
  prometheus::Gauge* tracker_up_;
  prometheus::Gauge* waiting_builds_;
  prometheus::Gauge* resident_bytes_;
  prometheus::Counter* cpu_seconds_;
  Mutex text_mu_;  // held while the gauges are set and read
};

// A builder whose builds are counted. What the arguments refer to must outlive this object.
class CountingBuilder final : public Builder {
 public:
  CountingBuilder(Builder& builder, ServerMetrics& metrics) : builder_(builder), metrics_(metrics) {}

  void Build(v1::BuildRequest request, Done done) override;
  int parallelism() const override { return builder_.parallelism(); }

 private:
  Builder& builder_;
  ServerMetrics& metrics_;
};

// A measurer whose trials are counted once their results are stored. What the arguments refer to must outlive
// this object.
class CountingMeasurer final : public Measurer {
 public:
  CountingMeasurer(Measurer& measurer, ServerMetrics& metrics) : measurer_(measurer), metrics_(metrics) {}

  void Measure(MeasureWork work, OnResult on_result) override;
  void Cancel(absl::Span<const std::string> trial_ids) override { measurer_.Cancel(trial_ids); }
  void CancelStaleTrials(const std::string& job_id) override { measurer_.CancelStaleTrials(job_id); }
  absl::StatusOr<std::vector<v1::DeviceStatus>> Devices() override { return measurer_.Devices(); }

 private:
  Measurer& measurer_;
  ServerMetrics& metrics_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SERVER_SERVER_METRICS_H_
