-- Lets a reader, which may not migrate, see a log of version 1 as one of the newest version: the same rules as the
-- migrations after 1 in views that only this connection sees. They hide the tables of the same names.

CREATE TEMP VIEW decision AS
  SELECT sequence, workload_id, target_fingerprint, trial_id, default_trial_id, verdict, speed_up,
         NULL AS incumbent_trial_id,
         CASE WHEN verdict = 1 THEN trial_id ELSE ifnull(default_trial_id, trial_id) END AS best_trial_id
  FROM main.winner AS w
  WHERE sequence = (
    SELECT max(sequence) FROM main.winner AS c
    WHERE c.workload_id = w.workload_id AND c.target_fingerprint = w.target_fingerprint
      AND NOT (c.verdict = 2 AND EXISTS (
        SELECT 1 FROM main.winner AS earlier
        WHERE earlier.workload_id = c.workload_id AND earlier.target_fingerprint = c.target_fingerprint
          AND earlier.sequence < c.sequence AND earlier.verdict = 1)));

CREATE TEMP VIEW winner AS
  SELECT sequence, workload_id, target_fingerprint, trial_id, default_trial_id, verdict, speed_up, 1 AS counts,
         NULL AS incumbent_trial_id
  FROM main.winner;

CREATE TEMP VIEW job AS
  SELECT sequence, job_id, request, status, NULL AS request_id, 0 AS starts FROM main.job;
