-- A record's device is a column now, so that --target device:NAME reads one record. The function of this
-- step (db/device_migration.h) fills it from the bodies.

ALTER TABLE record ADD COLUMN device_id TEXT NOT NULL DEFAULT '';  -- Record.device_id
CREATE INDEX record_by_device ON record (device_id, sequence);
