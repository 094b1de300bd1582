-- The tuning log in PostgreSQL. Its version 5 has the same tables and columns as version 5 in SQLite. A
-- body is a serialised message of diapason.v1. The other columns are what queries need. Texts are compared
-- byte by byte, as in SQLite.

CREATE TABLE workload (
  workload_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  structure_id TEXT COLLATE "C" NOT NULL,
  body BYTEA NOT NULL                  -- Workload
);
CREATE INDEX workload_by_structure ON workload (structure_id);

CREATE TABLE sketch (
  sketch_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  body BYTEA NOT NULL                  -- Sketch
);

CREATE TABLE record (
  sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- order of arrival
  trial_id TEXT COLLATE "C" NOT NULL UNIQUE,
  job_id TEXT COLLATE "C" NOT NULL,
  workload_id TEXT COLLATE "C" NOT NULL REFERENCES workload,
  sketch_hash TEXT COLLATE "C" NOT NULL REFERENCES sketch,
  schedule_hash TEXT COLLATE "C" NOT NULL,  -- of the sketch and the knob values
  target_fingerprint TEXT COLLATE "C" NOT NULL,
  target_class TEXT COLLATE "C" NOT NULL,
  device_id TEXT COLLATE "C" NOT NULL,
  threads BIGINT NOT NULL,
  backend TEXT COLLATE "C" NOT NULL,
  backend_version TEXT COLLATE "C" NOT NULL,
  protocol_version BIGINT NOT NULL,
  outcome BIGINT NOT NULL,             -- OutcomeKind
  time_us DOUBLE PRECISION,            -- median; NULL where there is none that means something
  body BYTEA NOT NULL                  -- Record
);
CREATE INDEX record_by_task ON record (workload_id, target_fingerprint, threads);
CREATE INDEX record_by_class ON record (workload_id, target_class);
CREATE INDEX record_by_job ON record (job_id);
CREATE INDEX record_by_target ON record (target_fingerprint);
CREATE INDEX record_by_device ON record (device_id, sequence);

CREATE TABLE winner (                  -- all decisions; the newest of a task that counts is the one in use
  sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workload_id TEXT COLLATE "C" NOT NULL REFERENCES workload,
  target_fingerprint TEXT COLLATE "C" NOT NULL,
  threads BIGINT NOT NULL,
  trial_id TEXT COLLATE "C" NOT NULL REFERENCES record (trial_id),
  default_trial_id TEXT COLLATE "C" REFERENCES record (trial_id),
  incumbent_trial_id TEXT COLLATE "C",  -- Decision.incumbent_trial_id; NULL: none
  verdict BIGINT NOT NULL,             -- Verdict
  speed_up DOUBLE PRECISION NOT NULL,
  counts BIGINT NOT NULL               -- 1: when it was stored, it replaced the one before it
);
CREATE INDEX winner_by_task ON winner (workload_id, target_fingerprint, threads);
CREATE INDEX winner_by_trial ON winner (trial_id);

-- The decision that counts for each task, and the record whose schedule is used: the winner's or, if
-- nothing was significantly faster, the default's.
CREATE VIEW decision AS
  SELECT sequence, workload_id, target_fingerprint, threads, trial_id, default_trial_id, verdict, speed_up,
         incumbent_trial_id,
         CASE WHEN verdict = 1 THEN trial_id ELSE coalesce(default_trial_id, trial_id) END AS best_trial_id
  FROM winner AS w
  WHERE sequence = (SELECT max(sequence) FROM winner
                    WHERE workload_id = w.workload_id AND target_fingerprint = w.target_fingerprint
                      AND threads = w.threads AND counts = 1);

CREATE TABLE job (
  sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id TEXT COLLATE "C" NOT NULL UNIQUE,
  request BYTEA NOT NULL,              -- SubmitJobRequest
  status BYTEA NOT NULL,               -- JobStatus
  request_id TEXT COLLATE "C" UNIQUE,  -- SubmitJobRequest.request_id; NULL: none
  starts BIGINT NOT NULL,              -- StoredJob::starts
  ended BIGINT NOT NULL,               -- 1: its state is not RUNNING
  server_id TEXT COLLATE "C" NOT NULL,  -- the server that runs it; '': none
  claimed_until BIGINT NOT NULL        -- unix_us(); then another server may run it
);
CREATE INDEX job_running ON job (ended) WHERE ended = 0;

-- The time of this database, which all servers share, in microseconds since 1970.
CREATE FUNCTION unix_us() RETURNS BIGINT LANGUAGE SQL VOLATILE AS
  $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT $$;

-- What the search has learnt from the log, one for each machine. It can be made again from the records.
CREATE TABLE cost_model (
  target_fingerprint TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  body BYTEA NOT NULL                  -- CostModel
);
