-- Variety for the WAL that stays: a checkpoint, then images of every compression that the server has.
-- (recent_wal is the only table it touches; its dead rows are held.)


SELECT count(*) FILTER (WHERE 'lz4' = ANY (enumvals)) > 0 AS has_wal_lz4,
       count(*) FILTER (WHERE 'zstd' = ANY (enumvals)) > 0 AS has_wal_zstd,
       CASE WHEN count(*) FILTER (WHERE 'pglz' = ANY (enumvals)) > 0 THEN 'pglz' ELSE 'on' END AS wal_pglz
  FROM pg_settings WHERE name = 'wal_compression' \gset
CREATE TABLE recent_wal (id int PRIMARY KEY, n int, words text[]);
INSERT INTO recent_wal SELECT i, 0, ARRAY[md5(i::text), 'w' || i % 5] FROM generate_series(1, 200) i;
CREATE INDEX recent_wal_gin ON recent_wal USING gin (words);
CREATE INDEX recent_wal_hash ON recent_wal USING hash (n);
CREATE INDEX recent_wal_gist ON recent_wal USING gist (int4range(id, id + 3));
CREATE INDEX recent_wal_spgist ON recent_wal USING spgist (int4range(id, id + 3));
CREATE INDEX recent_wal_brin ON recent_wal USING brin (id) WITH (autosummarize = off);
CREATE SEQUENCE recent_wal_sequence;
CHECKPOINT;
SELECT nextval('recent_wal_sequence');
SET wal_compression = off;
UPDATE recent_wal SET n = n + 1 WHERE id <= 20;
CHECKPOINT;
SET wal_compression = :wal_pglz;
UPDATE recent_wal SET n = n + 1 WHERE id BETWEEN 21 AND 40;
\if :has_wal_lz4
CHECKPOINT;
SET wal_compression = lz4;
UPDATE recent_wal SET n = n + 1 WHERE id BETWEEN 41 AND 60;
\endif
\if :has_wal_zstd
CHECKPOINT;
SET wal_compression = zstd;
UPDATE recent_wal SET n = n + 1 WHERE id BETWEEN 61 AND 80;
\endif
RESET wal_compression;
INSERT INTO recent_wal SELECT i, 0, ARRAY['x' || i] FROM generate_series(201, 260) i;
SELECT pg_logical_emit_message(true, 'pgautopsy', 'a transactional message');
SELECT pg_logical_emit_message(false, 'pgautopsy', 'a message without transaction');
TRUNCATE truncated;
VACUUM recent_wal;
BEGIN;
DELETE FROM recent_wal WHERE id <= 3;
ROLLBACK;
