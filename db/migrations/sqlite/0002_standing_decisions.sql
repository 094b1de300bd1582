-- A decision now says whether it counts. A job now has its request's id, and how often it was started.

-- 1: when the decision was stored, it replaced the one before it. 0: it did not, and is only history.
ALTER TABLE winner ADD COLUMN counts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE winner ADD COLUMN incumbent_trial_id TEXT;  -- Decision.incumbent_trial_id; NULL: none

-- In version 1 the newest decision counted, whatever it said. If a decision found no difference (verdict
-- 2), its comparison had not tested the winner (verdict 1) that was known before. It must not replace that
-- winner.
UPDATE winner SET counts = 0 WHERE verdict = 2 AND EXISTS (
  SELECT 1 FROM winner AS earlier
  WHERE earlier.workload_id = winner.workload_id AND earlier.target_fingerprint = winner.target_fingerprint
    AND earlier.sequence < winner.sequence AND earlier.verdict = 1);

CREATE INDEX winner_by_trial ON winner (trial_id);

-- The decision that counts for each workload and target, and the record whose schedule is used: the
-- winner's or, if nothing was significantly faster, the default's.
CREATE VIEW decision AS
  SELECT sequence, workload_id, target_fingerprint, trial_id, default_trial_id, verdict, speed_up, incumbent_trial_id,
         CASE WHEN verdict = 1 THEN trial_id ELSE ifnull(default_trial_id, trial_id) END AS best_trial_id
  FROM winner AS w
  WHERE sequence = (SELECT max(sequence) FROM winner
                    WHERE workload_id = w.workload_id AND target_fingerprint = w.target_fingerprint AND counts = 1);

ALTER TABLE job ADD COLUMN request_id TEXT;                    -- SubmitJobRequest.request_id; NULL: none
ALTER TABLE job ADD COLUMN starts INTEGER NOT NULL DEFAULT 0;  -- StoredJob::starts
CREATE UNIQUE INDEX job_by_request ON job (request_id);
