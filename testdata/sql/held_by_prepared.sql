-- After the transaction was prepared: the slot and the prepared transaction both hold these.

DELETE FROM held WHERE id BETWEEN 300 AND 319;
UPDATE held SET n = n + 1 WHERE id BETWEEN 330 AND 334;
UPDATE held SET n = n + 1 WHERE id BETWEEN 332 AND 334;
UPDATE held_hot SET n = n + 1 WHERE id BETWEEN 35 AND 60;
DELETE FROM held_toast WHERE id = 4;
DELETE FROM prepared WHERE id BETWEEN 40 AND 49;
-- an updater over the prepared transaction's key share lock: a multixact with a member in doubt
UPDATE prepared SET n = 9 WHERE id BETWEEN 33 AND 34;
BEGIN;
DELETE FROM prepared WHERE id BETWEEN 60 AND 64;
INSERT INTO prepared VALUES (300, 0, 'rolled back');
ROLLBACK;
CREATE TABLE dropped_late (id int);
DROP TABLE dropped_late;
