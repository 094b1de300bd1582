-- The tuning log. A body is a serialised message of diapason.v1. The other columns are what queries need.

PRAGMA application_id = 0x44696170;  -- "Diap"

CREATE TABLE workload (
  workload_id TEXT NOT NULL PRIMARY KEY,
  structure_id TEXT NOT NULL,
  body BLOB NOT NULL                   -- Workload
) STRICT;
CREATE INDEX workload_by_structure ON workload (structure_id);

CREATE TABLE sketch (
  sketch_hash TEXT NOT NULL PRIMARY KEY,
  body BLOB NOT NULL                   -- Sketch
) STRICT;

CREATE TABLE record (
  sequence INTEGER NOT NULL PRIMARY KEY,  -- order of arrival
  trial_id TEXT NOT NULL UNIQUE,
  job_id TEXT NOT NULL,
  workload_id TEXT NOT NULL REFERENCES workload,
  sketch_hash TEXT NOT NULL REFERENCES sketch,
  schedule_hash TEXT NOT NULL,         -- of the sketch and the knob values
  target_fingerprint TEXT NOT NULL,
  target_class TEXT NOT NULL,
  protocol_version INTEGER NOT NULL,
  outcome INTEGER NOT NULL,            -- OutcomeKind
  time_us REAL,                        -- median; NULL where there is none that means something
  body BLOB NOT NULL                   -- Record
) STRICT;
CREATE INDEX record_by_task ON record (workload_id, target_fingerprint);
CREATE INDEX record_by_class ON record (workload_id, target_class);
CREATE INDEX record_by_job ON record (job_id);
CREATE INDEX record_by_target ON record (target_fingerprint);

CREATE TABLE winner (                  -- the newest of a workload and target counts, the others are history
  sequence INTEGER NOT NULL PRIMARY KEY,
  workload_id TEXT NOT NULL REFERENCES workload,
  target_fingerprint TEXT NOT NULL,
  trial_id TEXT NOT NULL REFERENCES record (trial_id),
  default_trial_id TEXT REFERENCES record (trial_id),
  verdict INTEGER NOT NULL,            -- Verdict
  speed_up REAL NOT NULL
) STRICT;
CREATE INDEX winner_by_task ON winner (workload_id, target_fingerprint);

CREATE TABLE job (
  sequence INTEGER NOT NULL PRIMARY KEY,
  job_id TEXT NOT NULL UNIQUE,
  request BLOB NOT NULL,               -- SubmitJobRequest
  status BLOB NOT NULL                 -- JobStatus
) STRICT;

CREATE TABLE model (
  name TEXT NOT NULL PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;
