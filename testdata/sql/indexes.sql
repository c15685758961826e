-- Indexes of every type with everything that can be on their pages: trees of several levels, long lists of one key,
-- pages that were emptied, freed or never finished, dead entries, entries of dead rows. Before anything holds a horizon.

SELECT :SERVER_VERSION_NUM >= 140000 AS has_brin_minmax_multi \gset

-- many rows of few keys: posting trees of GIN with an inner page and a deleted one, many ranges of BRIN
CREATE TABLE many (n int);
INSERT INTO many SELECT i / 100 FROM generate_series(0, 24999) i;
CREATE INDEX many_gin ON many USING gin ((ARRAY[1, n % 3 + 10])) WITH (fastupdate = off);
CREATE INDEX many_brin ON many USING brin (n) WITH (pages_per_range = 4);
CREATE INDEX many_brin_two ON many USING brin (n, (n * 2)) WITH (pages_per_range = 8);
\if :has_brin_minmax_multi
CREATE INDEX many_brin_multi ON many USING brin (n int4_minmax_multi_ops) WITH (pages_per_range = 8);
CREATE INDEX many_brin_bloom ON many USING brin (n int4_bloom_ops) WITH (pages_per_range = 16);
\endif
DELETE FROM many WHERE n BETWEEN 70 AND 190;
VACUUM many;
SELECT brin_desummarize_range('many_brin', 8), brin_desummarize_range('many_brin', 24);
-- VACUUM freed most of it: rows come back out of order, widen ranges, and some go again
INSERT INTO many SELECT 1000 + i % 7 FROM generate_series(1, 400) i;
DELETE FROM many WHERE n % 10 = 3;

-- duplicates: posting lists of B-tree (from 13 on), overflow pages of hash, used and freed; points for the others
CREATE TABLE crowds (k int, n int, spot point, word text);
INSERT INTO crowds SELECT i % 3, i % 50, point(i % 61, i % 53), 'shared prefix ' || md5((i % 500)::text) FROM generate_series(1, 3000) i;
CREATE INDEX crowds_btree ON crowds (n);
CREATE INDEX crowds_btree_plain ON crowds (n, k) WITH (fillfactor = 70);
CREATE INDEX crowds_hash ON crowds USING hash (k);
CREATE INDEX crowds_hash_n ON crowds USING hash (n) WITH (fillfactor = 40);
CREATE INDEX crowds_gist ON crowds USING gist (spot);
CREATE INDEX crowds_spgist ON crowds USING spgist (spot);
CREATE INDEX crowds_spgist_kd ON crowds USING spgist (spot kd_point_ops);
CREATE INDEX crowds_spgist_text ON crowds USING spgist (word);
CREATE INDEX crowds_gin ON crowds USING gin ((ARRAY[n, k])) WITH (fastupdate = on, gin_pending_list_limit = 64);
CREATE INDEX crowds_bloom ON crowds USING bloom (k, n) WITH (length = 64, col1 = 2, col2 = 4);
DELETE FROM crowds WHERE k = 1 OR spot[0] < 15;
VACUUM crowds;
-- in the room that came free, then more dead rows that still have their entries, on the pending list, too
INSERT INTO crowds SELECT 2, 60 + i % 5, point(i % 7, i % 3), 'shared prefix ' || i FROM generate_series(1, 500) i;
DELETE FROM crowds WHERE n BETWEEN 20 AND 24 OR n = 62;

-- trees of three levels and more, from wide keys; the middle of each is gone
CREATE TABLE layered (id int, span numrange, key text COLLATE "C", folder text COLLATE "C");
ALTER TABLE layered ALTER span SET STORAGE PLAIN, ALTER key SET STORAGE PLAIN, ALTER folder SET STORAGE PLAIN;
CREATE INDEX layered_gist ON layered USING gist (span);
CREATE INDEX layered_btree ON layered (key);
CREATE INDEX layered_spgist ON layered USING spgist (folder);
INSERT INTO layered SELECT i, numrange(10::numeric ^ 1200 + i, 10::numeric ^ 1200 + i + 1), lpad((i * 37 % 200)::text, 6, '0') || repeat('k', 1400),
  repeat(chr(97 + i % 3), 40) || '/' || repeat(chr(97 + i % 7), 60) || '/' || i FROM generate_series(1, 180) i;
DELETE FROM layered WHERE id BETWEEN 40 AND 130;
DELETE FROM layered WHERE key BETWEEN '000040' AND '000130';
VACUUM layered;
VACUUM layered;
DELETE FROM layered WHERE id > 170;

-- nearly nothing is left of it: the fast root is no longer the root
CREATE TABLE shrunk (id int PRIMARY KEY, note text);
INSERT INTO shrunk SELECT i, 's' FROM generate_series(1, 2500) i;
DELETE FROM shrunk WHERE id < 2480;
VACUUM shrunk;

-- entries that scans found dead and marked (LP_DEAD), in each type that does so
CREATE TABLE marked (id int, spot point);
INSERT INTO marked SELECT i % 40, point(i, i) FROM generate_series(1, 400) i;
CREATE INDEX marked_btree ON marked (id);
CREATE INDEX marked_hash ON marked USING hash (id);
CREATE INDEX marked_gist ON marked USING gist (spot);
DELETE FROM marked WHERE id < 12;
SET enable_seqscan = off; SET enable_bitmapscan = off;
BEGIN; SET LOCAL enable_indexonlyscan = off;
SELECT count(*) FROM marked WHERE spot <@ box '(0,0),(500,500)';
COMMIT;
SELECT count(*) FROM marked WHERE id = 1;
SELECT count(*) FROM marked WHERE id = 2;
BEGIN; DROP INDEX marked_btree; SELECT count(*) FROM marked WHERE id = 3; SELECT count(*) FROM marked WHERE id = 1; ROLLBACK;
RESET enable_seqscan; RESET enable_bitmapscan;

-- nothing in them, a null everywhere, an access method that nobody knows (bloom's by another name)
CREATE TABLE no_keys (a int, b int[], c point, d text);
CREATE INDEX no_keys_btree ON no_keys (a);
CREATE INDEX no_keys_hash ON no_keys USING hash (a);
CREATE INDEX no_keys_gin ON no_keys USING gin (b);
CREATE INDEX no_keys_gist ON no_keys USING gist (c);
CREATE INDEX no_keys_spgist ON no_keys USING spgist (d);
CREATE INDEX no_keys_brin ON no_keys USING brin (a);
CREATE TABLE null_keys (LIKE no_keys INCLUDING ALL);
INSERT INTO null_keys SELECT FROM generate_series(1, 300);
INSERT INTO null_keys VALUES (1, '{}', NULL, ''), (2, '{NULL}', point(1, 1), 'one');
CREATE ACCESS METHOD strange TYPE INDEX HANDLER blhandler;
CREATE OPERATOR CLASS strange_int4_ops DEFAULT FOR TYPE int4 USING strange AS OPERATOR 1 =, FUNCTION 1 hashint4(int4);
CREATE INDEX crowds_strange ON crowds USING strange (n);
ANALYZE;
