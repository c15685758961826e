-- The first database, before anything holds a horizon: what is dead here is removable, unless held.sql says so.
-- The README says what each table shows. Run by `make` through psql, one transaction a statement.

SELECT :SERVER_VERSION_NUM >= 140000 AS has_toast_compression \gset
SELECT count(*) > 0 AS has_lz4 FROM pg_settings
 WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals) \gset

-- ---------------------------------------------------------------- updated, vacuumed, rewritten

CREATE TABLE updated (id int PRIMARY KEY, n int NOT NULL, note text);
INSERT INTO updated SELECT i, 0, 'note ' || i FROM generate_series(1, 300) i;
UPDATE updated SET n = n + 1;
UPDATE updated SET n = n + 1 WHERE id % 2 = 0;
UPDATE updated SET note = NULL WHERE id % 5 = 0;
UPDATE updated SET id = id + 1000 WHERE id % 50 = 0;
DELETE FROM updated WHERE id % 11 = 0;

CREATE TABLE vacuumed (LIKE updated INCLUDING ALL);
INSERT INTO vacuumed SELECT i, 0, 'note ' || i FROM generate_series(1, 300) i;
UPDATE vacuumed SET n = n + 1;
UPDATE vacuumed SET n = n + 1 WHERE id % 2 = 0;
DELETE FROM vacuumed WHERE id % 11 = 0;
VACUUM vacuumed;

CREATE TABLE rewritten (LIKE updated INCLUDING ALL);
INSERT INTO rewritten SELECT i, 0, 'note ' || i FROM generate_series(1, 300) i;
UPDATE rewritten SET n = n + 1;
DELETE FROM rewritten WHERE id % 11 = 0;
VACUUM FULL rewritten;

CREATE TABLE clustered (id int PRIMARY KEY, note text);
INSERT INTO clustered SELECT i, md5(i::text) FROM generate_series(200, 1, -1) i;
DELETE FROM clustered WHERE id % 7 = 0;
CLUSTER clustered USING clustered_pkey;
DELETE FROM clustered WHERE id % 5 = 0;

CREATE TABLE frozen (id int, note text);
INSERT INTO frozen SELECT i, 'frozen ' || i FROM generate_series(1, 400) i;
DELETE FROM frozen WHERE id % 9 = 0;
VACUUM (FREEZE) frozen;
DELETE FROM frozen WHERE id % 10 = 0;

BEGIN;
CREATE TABLE copied_frozen (id int, note text);
COPY copied_frozen FROM STDIN WITH (FREEZE);
1	one
2	\N
3	three
\.
COMMIT;

CREATE TABLE empty (id int PRIMARY KEY, note text);
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE truncated (id int, note text);
INSERT INTO truncated SELECT i, 'gone' FROM generate_series(1, 50) i;
TRUNCATE truncated;
CREATE TABLE emptied (id int, note text);
INSERT INTO emptied SELECT i, repeat('x', 100) FROM generate_series(1, 200) i;
DELETE FROM emptied;
VACUUM emptied;
-- a tail that VACUUM could cut off
CREATE TABLE tail (id int, note text);
INSERT INTO tail SELECT i, repeat('y', 400) FROM generate_series(1, 200) i;
DELETE FROM tail WHERE id > 30;

-- ---------------------------------------------------------------- HOT chains and line pointers

CREATE TABLE hot (id int PRIMARY KEY, n int, note text) WITH (fillfactor = 40);
INSERT INTO hot SELECT i, 0, 'hot ' || i FROM generate_series(1, 120) i;
UPDATE hot SET n = n + 1 WHERE id % 2 = 0;
UPDATE hot SET n = n + 1 WHERE id % 4 = 0;
UPDATE hot SET n = n + 1 WHERE id % 8 = 0;
DELETE FROM hot WHERE id % 16 = 0;

-- unused, then redirect, then dead: three vacuums, the last without cleaning the index
CREATE TABLE pointers (id int PRIMARY KEY, n int) WITH (fillfactor = 60);
INSERT INTO pointers SELECT i, 0 FROM generate_series(1, 300) i;
DELETE FROM pointers WHERE id <= 60;
VACUUM pointers;
UPDATE pointers SET n = n + 1 WHERE id BETWEEN 100 AND 130;
UPDATE pointers SET n = n + 1 WHERE id BETWEEN 110 AND 120;
VACUUM pointers;
DELETE FROM pointers WHERE id BETWEEN 150 AND 190;
VACUUM (INDEX_CLEANUP off) pointers;
UPDATE pointers SET n = n + 1 WHERE id BETWEEN 115 AND 140;
DELETE FROM pointers WHERE id BETWEEN 200 AND 220;

-- MaxHeapTuplesPerPage line pointers on one page, nearly all of them dead: room for bytes, none for a tuple
CREATE TABLE crowded (b boolean);
INSERT INTO crowded SELECT NULL FROM generate_series(1, 300);
CREATE INDEX crowded_b ON crowded (b);
DELETE FROM crowded WHERE ctid < '(0,280)';
VACUUM (INDEX_CLEANUP off, TRUNCATE off) crowded;

-- ---------------------------------------------------------------- transactions that came to nothing

CREATE TABLE aborted (id int PRIMARY KEY, note text);
INSERT INTO aborted SELECT i, 'kept ' || i FROM generate_series(1, 100) i;
BEGIN;
INSERT INTO aborted SELECT i, 'rolled back ' || i FROM generate_series(101, 180) i;
UPDATE aborted SET note = 'never' WHERE id % 10 = 0;
DELETE FROM aborted WHERE id BETWEEN 11 AND 19;
ROLLBACK;
-- an inserter that aborted after its own row was deleted
BEGIN;
INSERT INTO aborted VALUES (200, 'inserted and deleted');
DELETE FROM aborted WHERE id = 200;
ROLLBACK;

CREATE TABLE subtransactions (id int, note text);
BEGIN;
INSERT INTO subtransactions VALUES (1, 'top');
SAVEPOINT a;
INSERT INTO subtransactions VALUES (2, 'released');
SAVEPOINT b;
INSERT INTO subtransactions VALUES (3, 'released in released');
RELEASE b;
RELEASE a;
SAVEPOINT c;
INSERT INTO subtransactions VALUES (4, 'rolled back');
UPDATE subtransactions SET note = 'never' WHERE id = 1;
ROLLBACK TO c;
DELETE FROM subtransactions WHERE id = 2;
COMMIT;
BEGIN;
SAVEPOINT a;
INSERT INTO subtransactions VALUES (5, 'released, then rolled back at the top');
RELEASE a;
ROLLBACK;
-- more than 64 subtransactions, every third rolled back
DO $$
BEGIN
  FOR i IN 1 .. 150 LOOP
    BEGIN
      INSERT INTO subtransactions VALUES (1000 + i, 'many');
      IF i % 3 = 0 THEN RAISE division_by_zero; END IF;
      IF i % 4 = 0 THEN DELETE FROM subtransactions WHERE id = 1000 + i - 2; END IF;
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
  END LOOP;
END $$;

-- enough transaction ids to leave the first page of pg_xact (32768 of them)
CREATE TABLE burnt (id int);
DO $$
BEGIN
  FOR i IN 1 .. 33000 LOOP
    BEGIN
      PERFORM pg_logical_emit_message(true, 'burnt', ''); -- takes a transaction id, and writes to no table
      RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
  END LOOP;
  INSERT INTO burnt VALUES (1);
END $$;
DO $$
BEGIN
  FOR i IN 1 .. 100 LOOP
    INSERT INTO burnt VALUES (i + 1);
    IF i % 7 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
  END LOOP;
END $$;

-- ---------------------------------------------------------------- row locks (two sessions at once: `make`)

CREATE TABLE locked (id int PRIMARY KEY, n int);
INSERT INTO locked SELECT i, 0 FROM generate_series(1, 40) i;
BEGIN; SELECT FROM locked WHERE id <= 5 FOR UPDATE; COMMIT;
BEGIN; SELECT FROM locked WHERE id BETWEEN 6 AND 10 FOR NO KEY UPDATE; ROLLBACK;
BEGIN; SELECT FROM locked WHERE id BETWEEN 11 AND 15 FOR SHARE; COMMIT;
BEGIN; SELECT FROM locked WHERE id BETWEEN 16 AND 20 FOR KEY SHARE; ROLLBACK;
BEGIN; SELECT FROM locked WHERE id BETWEEN 21 AND 25 FOR KEY SHARE; SAVEPOINT s;
SELECT FROM locked WHERE id BETWEEN 21 AND 25 FOR UPDATE; ROLLBACK TO s; COMMIT;

CREATE TABLE multixacts (id int PRIMARY KEY, n int);
INSERT INTO multixacts SELECT i, 0 FROM generate_series(1, 60) i;
-- locker and deleter in one transaction
BEGIN; SELECT FROM multixacts WHERE id BETWEEN 51 AND 53 FOR KEY SHARE; SAVEPOINT s;
DELETE FROM multixacts WHERE id BETWEEN 51 AND 53; RELEASE s; COMMIT;
BEGIN; SELECT FROM multixacts WHERE id BETWEEN 54 AND 56 FOR SHARE; SAVEPOINT s;
UPDATE multixacts SET id = id + 100 WHERE id BETWEEN 54 AND 56; COMMIT;
BEGIN; SELECT FROM multixacts WHERE id BETWEEN 57 AND 58 FOR KEY SHARE; SAVEPOINT s;
DELETE FROM multixacts WHERE id BETWEEN 57 AND 58; ROLLBACK TO s; COMMIT;
-- rows for the many multixacts that leave the first page of pg_multixact/offsets
CREATE TABLE crossroads (id int PRIMARY KEY);
INSERT INTO crossroads SELECT generate_series(1, 10);

-- ---------------------------------------------------------------- values

CREATE TABLE toasted (id int PRIMARY KEY, how text, body text, raw text);
ALTER TABLE toasted ALTER raw SET STORAGE EXTERNAL;
\if :has_toast_compression
SET default_toast_compression = 'pglz';
\endif
INSERT INTO toasted VALUES (1, 'short', 'plain', 'plain');
INSERT INTO toasted VALUES (2, 'pglz, inline', repeat('compress me ', 400), NULL);
INSERT INTO toasted SELECT 3, 'pglz, external', string_agg(md5(i::text) || repeat(' ', 40), ''), NULL FROM generate_series(1, 400) i;
INSERT INTO toasted SELECT 4, 'external, not compressed', NULL, string_agg(md5(i::text), '') FROM generate_series(1, 160) i;
INSERT INTO toasted SELECT 5, 'both', string_agg(md5((i * 7)::text), ''), string_agg(md5((i * 5)::text), '') FROM generate_series(1, 100) i;
INSERT INTO toasted SELECT 6, 'deleted', NULL, string_agg(md5((i * 3)::text), '') FROM generate_series(1, 150) i;
INSERT INTO toasted SELECT 7, 'updated away', NULL, string_agg(md5((i * 9)::text), '') FROM generate_series(1, 150) i;
INSERT INTO toasted SELECT 8, 'updated beside', NULL, string_agg(md5((i * 11)::text), '') FROM generate_series(1, 100) i;
DELETE FROM toasted WHERE id = 6;
UPDATE toasted SET raw = 'short now' WHERE id = 7;
UPDATE toasted SET how = 'updated beside, value kept' WHERE id = 8;
BEGIN;
INSERT INTO toasted SELECT 9, 'aborted', NULL, string_agg(md5((i * 13)::text), '') FROM generate_series(1, 150) i;
ROLLBACK;
\if :has_lz4
CREATE TABLE toasted_lz4 (id int PRIMARY KEY, how text, body text COMPRESSION lz4);
INSERT INTO toasted_lz4 VALUES (1, 'lz4, inline', repeat('compress me ', 400));
INSERT INTO toasted_lz4 SELECT 2, 'lz4, external', string_agg(md5(i::text) || repeat(' ', 40), '') FROM generate_series(1, 400) i;
\endif

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'überglücklich');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE TYPE pair AS (a int, b text);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE types (
  c_bool bool, c_int2 int2, c_int4 int4, c_int8 int8, c_float4 float4, c_float8 float8, c_numeric numeric,
  c_numeric_typmod numeric(12, 3), c_money money, c_text text, c_varchar varchar(20), c_bpchar char(6), c_char "char",
  c_name name, c_bytea bytea, c_date date, c_time time, c_timetz timetz, c_timestamp timestamp,
  c_timestamptz timestamptz, c_interval interval, c_uuid uuid, c_inet inet, c_cidr cidr, c_macaddr macaddr,
  c_macaddr8 macaddr8, c_bit bit(10), c_varbit varbit, c_json json, c_jsonb jsonb, c_jsonpath jsonpath, c_xid xid,
  c_oid oid, c_regclass regclass, c_tid tid, c_pg_lsn pg_lsn, c_point point, c_line line, c_lseg lseg, c_box box,
  c_path path, c_polygon polygon, c_circle circle, c_int4range int4range, c_numrange numrange,
  c_tstzrange tstzrange, c_span span, c_tsvector tsvector, c_tsquery tsquery, c_mood mood, c_positive positive,
  c_pair pair, c_ints int[], c_matrix int[][], c_texts text[], c_moods mood[], c_pairs pair[], c_numerics numeric[]
);
INSERT INTO types VALUES (
  true, 1, 2, 3, 1.5, -2.25e100, 12345.678900, 123456789.125, 12.34, 'text äöü ✓', 'varchar', 'abc', 'x',
  'name', '\x00ff7f80', '2024-02-29', '13:14:15.678901', '13:14:15+02', '2024-02-29 13:14:15.678901',
  '2024-02-29 13:14:15.678901+02', '1 year 2 mons 3 days 04:05:06.789', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  '192.168.1.5/24', '2001:db8::/32', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'1010101010', B'10101',
  '{"a": [1, 2,  {"b": null}]}', '{"a": [1, 2.50, {"b": null}], "c": "d\u00e9", "e": true, "n": -1e20}', '$.a[*] ? (@ > 1)',
  '42', 16384, 'pg_class', '(1,2)', '16/B374D848', '(1.5,-2)', '{1,-1,0}', '[(0,0),(1,1)]', '(2,2),(0,0)',
  '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(1,2),3>', '[1,10)', '(1.5,)', '[2024-01-01 00:00+00,2024-06-01 00:00+00)',
  '[1.5,2.5]', 'a:1A fat:2B,4C cat:5D', 'fat & (rat | cat) & !dog:AB', 'überglücklich', 7, '(1,"two, ""quoted""")', '{1,NULL,3}',
  '{{1,2},{3,4}}', '{a,"b c",NULL,"","NULL"}', '{sad,happy}', '{"(1,a)","(2,\"b c\")"}', '{1.1,NaN,-0.005}');
INSERT INTO types DEFAULT VALUES;
INSERT INTO types (c_float4, c_float8, c_numeric, c_date, c_timestamp, c_timestamptz, c_ints, c_int4range, c_numrange, c_path, c_texts)
VALUES ('NaN', '-Infinity', 'NaN', 'infinity', '-infinity', 'infinity', '{}', 'empty', '(,)', '((0,0),(1,1))', '[2:3]={x,y}');
INSERT INTO types (c_int2, c_int4, c_int8, c_float4, c_float8, c_numeric, c_date, c_time, c_timestamp, c_interval, c_text, c_inet, c_timetz)
VALUES (-32768, -2147483648, -9223372036854775808, 1.17549435e-38, 5e-324, -1e-30, '0044-03-15 BC', '24:00:00', '4714-11-24 00:00:00 BC',
        '-1 mons +2 days -03:04:05', E'tab\tnewline\nbackslash\\', '::ffff:1.2.3.4/128', '00:00:00.000001-15:59');
INSERT INTO types (c_numeric, c_numeric_typmod, c_money, c_date, c_timestamp, c_jsonb, c_interval)
VALUES (repeat('9', 200)::numeric + 0.5, -0.001, '-92233720368547758.08', '5874897-12-31', '294276-12-31 23:59:59.999999', '[]', '178000000 years');

CREATE TABLE changed (a int, b text, c numeric, d int NOT NULL DEFAULT 4);
INSERT INTO changed SELECT i, 'b' || i, i * 1.5 FROM generate_series(1, 20) i;
ALTER TABLE changed DROP COLUMN b;
INSERT INTO changed (a, c) SELECT i, i FROM generate_series(21, 30) i;
ALTER TABLE changed ADD COLUMN e text DEFAULT 'added, never written', ADD COLUMN f int;
INSERT INTO changed (a, e) VALUES (31, 'written');
UPDATE changed SET f = 6 WHERE a = 3;
ALTER TABLE changed DROP COLUMN d, ADD COLUMN g mood DEFAULT 'ok';
INSERT INTO changed (a, f) VALUES (32, 7);

CREATE TABLE "Größe ""äöü"" ✓" ("Spalte 1" int PRIMARY KEY, "SELECT" text, "naïve ""q""" text);
INSERT INTO "Größe ""äöü"" ✓" VALUES (1, 'x', 'y');
CREATE SCHEMA "Other Schema";
CREATE TABLE "Other Schema".updated (id int);
INSERT INTO "Other Schema".updated VALUES (1), (2);
DELETE FROM "Other Schema".updated WHERE id = 1;
CREATE TABLE "Other Schema"."user" ("order" int);

-- ---------------------------------------------------------------- other kinds of relations

CREATE TABLE measured (at date NOT NULL, place text, value float8) PARTITION BY RANGE (at);
CREATE TABLE measured_2023 PARTITION OF measured FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE measured_2024 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (place);
CREATE TABLE measured_2024_here PARTITION OF measured_2024 FOR VALUES IN ('here');
CREATE TABLE measured_2024_there PARTITION OF measured_2024 FOR VALUES IN ('there', NULL);
CREATE TABLE measured_rest PARTITION OF measured DEFAULT;
CREATE INDEX measured_at ON measured (at);
INSERT INTO measured SELECT date '2023-06-01' + i * 5, CASE i % 2 WHEN 0 THEN 'here' ELSE 'there' END, i FROM generate_series(1, 200) i;
DELETE FROM measured WHERE value::int % 10 = 0;
UPDATE measured SET place = 'here' WHERE value::int % 25 = 1;

CREATE TABLE parent (id int);
CREATE TABLE child (extra text) INHERITS (parent);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (2, 'child');

CREATE MATERIALIZED VIEW summary AS SELECT place, count(*) AS n, sum(value) AS total FROM measured GROUP BY place ORDER BY place;
CREATE UNIQUE INDEX summary_place ON summary (place);
UPDATE measured SET value = value + 1 WHERE value < 100;
REFRESH MATERIALIZED VIEW CONCURRENTLY summary;
CREATE VIEW plain_view AS SELECT * FROM updated;

CREATE SEQUENCE counter START 10 INCREMENT 5 CACHE 3;
SELECT nextval('counter') FROM generate_series(1, 50);
CREATE SEQUENCE untouched;
CREATE TABLE identified (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, small smallserial, note text,
  doubled int GENERATED ALWAYS AS (2 * 21) STORED);
INSERT INTO identified (note) VALUES ('a'), ('b'), ('c');

CREATE UNLOGGED TABLE unlogged (id serial PRIMARY KEY, note text);
INSERT INTO unlogged (note) SELECT repeat('u', i) FROM generate_series(1, 100) i;
DELETE FROM unlogged WHERE id % 3 = 0;

CREATE TABLE elsewhere (id int PRIMARY KEY USING INDEX TABLESPACE pg_default, note text) TABLESPACE "real space";
INSERT INTO elsewhere SELECT i, repeat('t', 50) FROM generate_series(1, 100) i;
DELETE FROM elsewhere WHERE id % 4 = 0;
CREATE INDEX elsewhere_note ON elsewhere (note) TABLESPACE "in place";
CREATE TABLE in_place (id int, body text) TABLESPACE "in place";
INSERT INTO in_place SELECT i, repeat('p', 50) FROM generate_series(1, 100) i;

-- ---------------------------------------------------------------- indexes

CREATE EXTENSION bloom;
CREATE TABLE indexed (id int, word text, tags int[], doc jsonb, spot point, span int4range, low int, at timestamp);
INSERT INTO indexed SELECT i, md5(i::text), ARRAY[i % 10, i % 7, i], jsonb_build_object('k' || i % 5, i % 13),
  point(i % 31, i % 17), int4range(i, i + 10), i % 4, timestamp '2024-01-01' + i * interval '1 hour'
  FROM generate_series(1, 900) i;
CREATE UNIQUE INDEX indexed_btree ON indexed (id) INCLUDE (low);
CREATE INDEX indexed_btree_low ON indexed (low);
CREATE INDEX indexed_btree_desc ON indexed (word DESC NULLS FIRST, id);
CREATE INDEX indexed_partial ON indexed (at) WHERE low = 1;
CREATE INDEX indexed_expression ON indexed (upper(word)) WITH (fillfactor = 50);
CREATE INDEX indexed_hash ON indexed USING hash (word);
CREATE INDEX indexed_hash_low ON indexed USING hash (low);
CREATE INDEX indexed_gin ON indexed USING gin (tags);
CREATE INDEX indexed_gin_doc ON indexed USING gin (doc jsonb_path_ops) WITH (fastupdate = off);
CREATE INDEX indexed_gist ON indexed USING gist (spot);
CREATE INDEX indexed_gist_range ON indexed USING gist (span);
CREATE INDEX indexed_spgist ON indexed USING spgist (spot);
CREATE INDEX indexed_spgist_text ON indexed USING spgist (word);
CREATE INDEX indexed_brin ON indexed USING brin (id) WITH (pages_per_range = 2);
CREATE INDEX indexed_brin_inclusion ON indexed USING brin (span) WITH (pages_per_range = 4);
CREATE INDEX indexed_bloom ON indexed USING bloom (id, low);
DELETE FROM indexed WHERE id % 8 = 0;
VACUUM indexed;
-- after it: rows on the pending list of GIN, ranges that BRIN has not summarised, dead rows with entries
INSERT INTO indexed SELECT i, md5(i::text), ARRAY[i % 10, i], jsonb_build_object('k', i),
  point(i % 31, i), int4range(i, NULL), i % 4, NULL FROM generate_series(901, 1100) i;
DELETE FROM indexed WHERE id % 9 = 0;

-- a B-tree with deleted pages, one of three levels, and entries marked dead
CREATE TABLE thinned (id int PRIMARY KEY, note text);
INSERT INTO thinned SELECT i, 'n' FROM generate_series(1, 3000) i;
DELETE FROM thinned WHERE id BETWEEN 500 AND 2500;
VACUUM thinned;
CREATE TABLE tall (key text COLLATE "C");
ALTER TABLE tall ALTER key SET STORAGE PLAIN;
CREATE INDEX tall_key ON tall (key);
INSERT INTO tall SELECT lpad(i::text, 6, '0') || repeat('k', 1900) FROM generate_series(1, 60) i;
CREATE TABLE killed_entries (id int PRIMARY KEY, n int);
INSERT INTO killed_entries SELECT i, 0 FROM generate_series(1, 200) i;
DELETE FROM killed_entries WHERE id <= 50;
SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT count(*) FROM killed_entries WHERE id <= 60;
RESET enable_seqscan; RESET enable_bitmapscan;

-- ---------------------------------------------------------------- catalogs

CREATE TABLE as_catalog (id int PRIMARY KEY, note text) WITH (user_catalog_table = true);
INSERT INTO as_catalog SELECT i, 'c' FROM generate_series(1, 60) i;
DELETE FROM as_catalog WHERE id <= 10;
CREATE TABLE dropped_early (id int PRIMARY KEY, body text);
INSERT INTO dropped_early VALUES (1, 'gone');
DROP TABLE dropped_early;
BEGIN;
CREATE TABLE never_created (id int PRIMARY KEY, body text);
ROLLBACK;
COMMENT ON TABLE updated IS 'never vacuumed';

-- ---------------------------------------------------------------- for held.sql

CREATE TABLE held (id int PRIMARY KEY, n int, note text);
INSERT INTO held SELECT i, 0, 'held ' || i FROM generate_series(1, 400) i;
DELETE FROM held WHERE id <= 30;
CREATE TABLE held_hot (id int PRIMARY KEY, n int) WITH (fillfactor = 30);
INSERT INTO held_hot SELECT i, 0 FROM generate_series(1, 100) i;
UPDATE held_hot SET n = n + 1 WHERE id <= 20;
CREATE TABLE held_toast (id int PRIMARY KEY, body text);
ALTER TABLE held_toast ALTER body SET STORAGE EXTERNAL;
INSERT INTO held_toast SELECT j, (SELECT string_agg(md5((i * j)::text), '') FROM generate_series(1, 100) i) FROM generate_series(1, 6) j;
DELETE FROM held_toast WHERE id = 1;
CREATE TABLE prepared (id int PRIMARY KEY, n int, note text);
INSERT INTO prepared SELECT i, 0, 'p' FROM generate_series(1, 150) i;
DELETE FROM prepared WHERE id <= 10;
CREATE TABLE out_of_order (id int PRIMARY KEY, n int) WITH (fillfactor = 50);
INSERT INTO out_of_order SELECT i, 0 FROM generate_series(1, 20) i;

