-- What the search has learnt from the log, so that a new job need not train first. It can always be made
-- again from the records. There is one for each machine.

CREATE TABLE cost_model (
  target_fingerprint TEXT NOT NULL PRIMARY KEY,
  body BLOB NOT NULL                   -- CostModel
) STRICT;
