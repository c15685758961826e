-- After the physical slot got its xmin, before the transaction is prepared: only the slot holds these.

DELETE FROM held WHERE id BETWEEN 40 AND 79;
UPDATE held SET n = n + 1 WHERE id BETWEEN 90 AND 99;
UPDATE held_hot SET n = n + 1 WHERE id BETWEEN 10 AND 40;
DELETE FROM held_toast WHERE id = 2;
UPDATE held_toast SET body = 'short' WHERE id = 3;
DELETE FROM as_catalog WHERE id BETWEEN 30 AND 33;
BEGIN;
INSERT INTO held SELECT i, 0, 'rolled back while held' FROM generate_series(1001, 1012) i;
UPDATE held SET n = -1 WHERE id BETWEEN 200 AND 204;
ROLLBACK;
