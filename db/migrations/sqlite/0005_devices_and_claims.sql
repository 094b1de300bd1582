-- A record's device is a column now, so that --target device:NAME reads one record. A job says whether it
-- has ended, and which server runs it. The function of this step (db/column_migration.h) fills the columns
-- from the bodies.

ALTER TABLE record ADD COLUMN device_id TEXT NOT NULL DEFAULT '';  -- Record.device_id
CREATE INDEX record_by_device ON record (device_id, sequence);

ALTER TABLE job ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;          -- 1: its state is not RUNNING
ALTER TABLE job ADD COLUMN server_id TEXT NOT NULL DEFAULT '';        -- the server that runs it; '': none
ALTER TABLE job ADD COLUMN claimed_until INTEGER NOT NULL DEFAULT 0;  -- unix_us(); then another may run it
CREATE INDEX job_running ON job (ended) WHERE ended = 0;
