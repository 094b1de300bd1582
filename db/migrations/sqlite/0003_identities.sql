-- A task now has a number of threads, and a record names the back end that built its kernel. The function
-- of this step (db/identity_migration.h) then gives all rows today's ids of workloads and fingerprints of
-- machines.

ALTER TABLE record ADD COLUMN threads INTEGER NOT NULL DEFAULT 1;       -- Record.threads
ALTER TABLE record ADD COLUMN backend TEXT NOT NULL DEFAULT '';         -- Record.backend
ALTER TABLE record ADD COLUMN backend_version TEXT NOT NULL DEFAULT '';  -- Record.backend_version
DROP INDEX record_by_task;
CREATE INDEX record_by_task ON record (workload_id, target_fingerprint, threads);

ALTER TABLE winner ADD COLUMN threads INTEGER NOT NULL DEFAULT 1;
DROP INDEX winner_by_task;
CREATE INDEX winner_by_task ON winner (workload_id, target_fingerprint, threads);

-- The decision that counts for each task. If two machines of version 2 have become one, there are
-- decisions of both. Then the newest of those that counted is the one that counts.
DROP VIEW decision;
CREATE VIEW decision AS
  SELECT sequence, workload_id, target_fingerprint, threads, trial_id, default_trial_id, verdict, speed_up,
         incumbent_trial_id,
         CASE WHEN verdict = 1 THEN trial_id ELSE ifnull(default_trial_id, trial_id) END AS best_trial_id
  FROM winner AS w
  WHERE sequence = (SELECT max(sequence) FROM winner
                    WHERE workload_id = w.workload_id AND target_fingerprint = w.target_fingerprint
                      AND threads = w.threads AND counts = 1);

DROP TABLE model;  -- nothing was ever stored in it
