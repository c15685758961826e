-- The prepared transaction: rows in doubt, by itself and by its subtransactions.

BEGIN;
INSERT INTO prepared SELECT i, 1, 'in doubt' FROM generate_series(201, 220) i;
DELETE FROM prepared WHERE id BETWEEN 11 AND 20;
SAVEPOINT a;
INSERT INTO prepared SELECT i, 2, 'in doubt, subtransaction' FROM generate_series(221, 230) i;
UPDATE prepared SET n = 3 WHERE id BETWEEN 21 AND 25;
RELEASE a;
SAVEPOINT b;
INSERT INTO prepared VALUES (231, 4, 'rolled back in the prepared transaction');
ROLLBACK TO b;
SAVEPOINT c;
SELECT FROM prepared WHERE id BETWEEN 30 AND 32 FOR UPDATE;
SELECT FROM prepared WHERE id BETWEEN 33 AND 35 FOR KEY SHARE;
INSERT INTO held_toast SELECT 20, string_agg(md5((i * 20)::text), '') FROM generate_series(1, 100) i;
PREPARE TRANSACTION 'gid of shop, ünïcode';
