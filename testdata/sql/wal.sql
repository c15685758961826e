-- The WAL that is kept: every resource manager, every type of record that a sound server writes without a second one,
-- and images of every kind. One transaction a statement.

SELECT :SERVER_VERSION_NUM >= 150000 AS is_15 \gset
SELECT count(*) FILTER (WHERE 'lz4' = ANY (enumvals)) > 0 AS has_wal_lz4,
       count(*) FILTER (WHERE 'zstd' = ANY (enumvals)) > 0 AS has_wal_zstd,
       CASE WHEN count(*) FILTER (WHERE 'pglz' = ANY (enumvals)) > 0 THEN 'pglz' ELSE 'on' END AS wal_pglz
  FROM pg_settings WHERE name = 'wal_compression' \gset

-- ---------------------------------------------------------------- images: no compression, then each
CHECKPOINT;
SET wal_compression = off;
UPDATE imaged SET n = n + 1 WHERE id <= 30;
DELETE FROM random_bytes WHERE id = 1;
CHECKPOINT;
SET wal_compression = :wal_pglz;
UPDATE imaged SET n = n + 1 WHERE id BETWEEN 31 AND 80;
DELETE FROM random_bytes WHERE id = 2; -- a page that does not get smaller
SELECT count(*) FROM imaged;
\if :has_wal_lz4
CHECKPOINT;
SET wal_compression = lz4;
UPDATE imaged SET n = n + 1 WHERE id BETWEEN 81 AND 130;
DELETE FROM random_bytes WHERE id = 3;
\endif
\if :has_wal_zstd
CHECKPOINT;
SET wal_compression = zstd;
UPDATE imaged SET n = n + 1 WHERE id BETWEEN 131 AND 180;
DELETE FROM random_bytes WHERE id = 4;
\endif
-- images of new pages, without a hole where the page is a map
CREATE TABLE built AS SELECT i AS id, repeat('b', 30) || i AS note FROM generate_series(1, 400) i;
SET wal_compression = :wal_pglz;
CREATE INDEX built_id ON built (id);
VACUUM built;
CHECKPOINT;
DELETE FROM built WHERE id < 20; -- the visibility map's page
\if :has_wal_lz4
SET wal_compression = lz4;
CREATE INDEX built_note ON built (note);
\endif
\if :has_wal_zstd
SET wal_compression = zstd;
CREATE INDEX built_both ON built (id, note);
CHECKPOINT;
VACUUM built;
\endif
RESET wal_compression;
-- images that are there to be compared, and that recovery does not put in place
SET wal_consistency_checking = 'heap, btree';
UPDATE imaged SET n = n + 1 WHERE id BETWEEN 181 AND 184;
INSERT INTO imaged VALUES (1001, 0, 'checked');
RESET wal_consistency_checking;

-- ---------------------------------------------------------------- XLOG, Transaction, Standby, LogicalMessage, ReplicationOrigin
SELECT pg_create_restore_point('here');
\if :is_15
SELECT pg_backup_start('backup', true);
SELECT pg_backup_stop(false);
\else
SELECT pg_start_backup('backup', true, false);
SELECT pg_stop_backup(false, false);
\endif
SELECT pg_switch_wal();
BEGIN; INSERT INTO plain VALUES (1001, 1, 'prepared'); SAVEPOINT s; INSERT INTO plain VALUES (1002, 1, 'in it'); RELEASE s; PREPARE TRANSACTION 'commits';
BEGIN; INSERT INTO plain VALUES (1003, 1, 'prepared'); CREATE TABLE never (id int); PREPARE TRANSACTION 'rolls back';
COMMIT PREPARED 'commits';
ROLLBACK PREPARED 'rolls back';
BEGIN; INSERT INTO plain VALUES (1004, 1, 'rolled back'); SAVEPOINT s; UPDATE plain SET n = 2 WHERE id = 1; ROLLBACK TO s; UPDATE plain SET n = 3 WHERE id = 2; ROLLBACK;
BEGIN; CREATE TABLE never_created (id int PRIMARY KEY); ROLLBACK;
-- more than 64 subtransactions, which are assigned to their parent; the page of pg_xact ends on the way
DO $$
BEGIN
  FOR i IN 1 .. 200 LOOP
    BEGIN
      INSERT INTO plain VALUES (2000 + i, i, 'subtransaction');
      IF i % 5 = 0 THEN RAISE division_by_zero; END IF;
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
  END LOOP;
END $$;
SELECT pg_logical_emit_message(true, 'pgautopsy', 'a transactional message');
SELECT pg_logical_emit_message(false, 'pgautopsy', 'a message without transaction');
SELECT pg_replication_origin_create('origin one'), pg_replication_origin_create('origin two');
SELECT pg_replication_origin_advance('origin two', '0/1234567');
SELECT pg_replication_origin_drop('origin two');
SELECT pg_replication_origin_session_setup('origin one');
BEGIN; SELECT pg_replication_origin_xact_setup('0/ABCDEF', '2024-02-29 12:00:00+00'); UPDATE plain SET n = 4 WHERE id = 4; COMMIT;
SELECT pg_replication_origin_session_reset();

-- ---------------------------------------------------------------- Storage, Database, Tablespace, RelMap, Sequence
CREATE TABLESPACE passing LOCATION '';
\if :is_15
CREATE DATABASE copied STRATEGY file_copy;
CREATE DATABASE logged STRATEGY wal_log;
DROP DATABASE logged;
\else
CREATE DATABASE copied;
\endif
ALTER DATABASE copied SET TABLESPACE passing;
DROP DATABASE copied;
DROP TABLESPACE passing;
VACUUM FULL pg_database;
REINDEX INDEX pg_class_oid_index;
DROP TABLE to_drop;
VACUUM FULL to_rewrite;
CLUSTER to_rewrite USING to_rewrite_pkey;
DELETE FROM truncated WHERE id > 30;
VACUUM truncated;
TRUNCATE to_rewrite;
SELECT nextval('counter') FROM generate_series(1, 40);

-- ---------------------------------------------------------------- Heap, Heap2
UPDATE plain SET n = n + 1 WHERE id <= 60;
UPDATE plain SET id = id + 5000 WHERE id BETWEEN 61 AND 70;
UPDATE plain SET note = repeat('wide', 150) WHERE id BETWEEN 100 AND 130;
DELETE FROM plain WHERE id BETWEEN 150 AND 250;
SELECT count(*) FROM plain;
VACUUM plain;
VACUUM (FREEZE) to_freeze;
BEGIN; SELECT FROM plain WHERE id BETWEEN 300 AND 305 FOR UPDATE; COMMIT;
COPY plain FROM STDIN;
3001	1	copied
3002	1	copied
3003	1	copied
\.
INSERT INTO conflicting VALUES (1, 1), (2, 1) ON CONFLICT DO NOTHING;
INSERT INTO conflicting VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 2;
ANALYZE plain;
UPDATE as_catalog SET note = 'later' WHERE id < 20;
VACUUM FULL as_catalog; -- mappings of rows for logical decoding
TRUNCATE conflicting;

-- ---------------------------------------------------------------- Btree
VACUUM thinned;
SELECT txid_current();
VACUUM thinned;
INSERT INTO thinned SELECT generate_series(300, 900);
DELETE FROM thinned WHERE id < 2990; -- one leaf is left: it is the fast root
VACUUM thinned;
CREATE TABLE tree (key text COLLATE "C");
ALTER TABLE tree ALTER key SET STORAGE PLAIN;
CREATE INDEX tree_key ON tree (key);
INSERT INTO tree SELECT lpad((i * 37 % 60)::text, 6, '0') || repeat('k', 1900) FROM generate_series(0, 59) i;
CREATE TABLE duplicates (n int);
CREATE INDEX duplicates_n ON duplicates (n);
INSERT INTO duplicates SELECT i % 3 FROM generate_series(1, 600) i;
DELETE FROM duplicates WHERE n = 1;
VACUUM duplicates;
INSERT INTO duplicates SELECT 2 * (i % 2) FROM generate_series(1, 120) i; -- into freed line pointers, amid the posting lists
DELETE FROM duplicates WHERE ctid >= '(1,50)' AND n = 2;
VACUUM duplicates;
DELETE FROM killed_entries WHERE id <= 150;
SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT count(*) FROM killed_entries WHERE id <= 200;
RESET enable_seqscan; RESET enable_bitmapscan;
INSERT INTO killed_entries SELECT i % 160, 1 FROM generate_series(1, 160) i;

-- ---------------------------------------------------------------- Hash
CREATE TABLE hashed (n int, id int);
INSERT INTO hashed VALUES (0, 0);
VACUUM hashed; -- so that the index expects no more than that, and starts with two buckets
CREATE INDEX hashed_n ON hashed USING hash (n) WITH (fillfactor = 10);
INSERT INTO hashed SELECT 7, i FROM generate_series(1, 1200) i;
INSERT INTO hashed SELECT i FROM generate_series(1, 200) i;
DELETE FROM hashed WHERE n = 7 AND id % 5 = 0;
VACUUM hashed;
DELETE FROM hashed WHERE n = 7 AND id > 500;
VACUUM hashed;
INSERT INTO hashed SELECT 8 FROM generate_series(1, 300) i;
DELETE FROM hashed WHERE n = 8;
SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT count(*) FROM hashed WHERE n = 8;
RESET enable_seqscan; RESET enable_bitmapscan;
INSERT INTO hashed SELECT 8 FROM generate_series(1, 250) i;

-- ---------------------------------------------------------------- Gin
CREATE TABLE inverted (id int, tags int[]);
CREATE INDEX inverted_tags ON inverted USING gin (tags) WITH (fastupdate = off);
INSERT INTO inverted SELECT i, ARRAY[i % 2] FROM generate_series(1, 30) i;
ALTER INDEX inverted_tags SET (fastupdate = on);
INSERT INTO inverted SELECT i, ARRAY[i % 2, 5] FROM generate_series(31, 300) i;
SELECT gin_clean_pending_list('inverted_tags');
INSERT INTO inverted SELECT i, ARRAY[1000 + i] FROM generate_series(1, 400) i;
DELETE FROM inverted WHERE id % 3 = 0 AND id < 250;
VACUUM inverted;
CREATE INDEX listed_one ON listed USING gin ((ARRAY[1]));
INSERT INTO listed SELECT generate_series(1, 400);
SELECT gin_clean_pending_list('listed_one');
VACUUM posted;

-- ---------------------------------------------------------------- Gist, SPGist
SELECT pg_drop_replication_slot('logical'); -- it keeps deleted pages of GiST from being used again
CREATE TABLE spots (id int, spot point);
CREATE INDEX spots_gist ON spots USING gist (spot);
CREATE INDEX spots_spgist ON spots USING spgist (spot);
INSERT INTO spots SELECT i, point(i % 50, i / 50) FROM generate_series(1, 450) i;
INSERT INTO spots SELECT 1100 + i, point(1, 1) FROM generate_series(0, 200) i;
DELETE FROM spots WHERE id < 300 OR id > 1050;
VACUUM spots;
SELECT txid_current();
VACUUM spots;
INSERT INTO spots SELECT i, point(i % 50 + 0.5, 6.5 + i / 50) FROM generate_series(1, 250) i;
DELETE FROM spots WHERE id % 2 = 0;
SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
DROP INDEX spots_spgist;
SELECT count(*) FROM spots WHERE spot <@ box '(0,0),(100,100)';
RESET enable_seqscan; RESET enable_bitmapscan; RESET enable_indexonlyscan;
INSERT INTO spots SELECT i, point(i % 50 + 0.7, 6.7) FROM generate_series(1, 150) i;
CREATE TABLE folders (path text);
CREATE INDEX folders_spgist ON folders USING spgist (path);
CREATE TABLE few_folders (path text);
CREATE INDEX few_folders_spgist ON few_folders USING spgist (path);
INSERT INTO few_folders SELECT 'f' || i FROM generate_series(1, 10) i;
DELETE FROM few_folders WHERE path < 'f3';
VACUUM few_folders; -- the root is a leaf
INSERT INTO folders SELECT 'common prefix/' || repeat('deep ', i % 9) || i FROM generate_series(1, 250) i;
INSERT INTO folders SELECT 'common ' || i FROM generate_series(1, 3) i;
INSERT INTO folders SELECT 'common prefix/deep ' || chr(65 + i) FROM generate_series(0, 20) i;
DELETE FROM folders WHERE path LIKE '%3';
VACUUM folders;

-- ---------------------------------------------------------------- BRIN, Generic
CREATE TABLE summed (id int, note text) WITH (fillfactor = 20);
ALTER TABLE summed ALTER note SET STORAGE PLAIN;
INSERT INTO summed SELECT i, repeat('s', 100) FROM generate_series(1, 100) i;
CREATE INDEX summed_brin ON summed USING brin (id, note) WITH (pages_per_range = 1);
INSERT INTO summed SELECT i, 'short' FROM generate_series(101, 300) i;
SELECT brin_summarize_new_values('summed_brin');
UPDATE summed SET note = md5(id::text) || md5(note) WHERE id % 20 = 0;
-- summaries that no longer fit beside each other
UPDATE summed SET note = (SELECT 'z' || string_agg(md5((id * 100 + i)::text), '') FROM generate_series(1, 40) i) WHERE id % 6 = 0;
SELECT brin_desummarize_range('summed_brin', 0);
CREATE INDEX plain_bloom ON plain USING bloom (id, n);
INSERT INTO plain SELECT i, 9, 'bloom' FROM generate_series(9001, 9020) i;
DELETE FROM plain WHERE id BETWEEN 9001 AND 9010;
VACUUM plain;

DROP TABLE spots, inverted;
