-- The WAL cluster, before the WAL that it keeps: what the records to come need to find.

CREATE EXTENSION bloom;
CREATE TABLE plain (id int PRIMARY KEY, n int, note text) WITH (fillfactor = 80);
INSERT INTO plain SELECT i, 0, 'note ' || i FROM generate_series(1, 600) i;
CREATE TABLE imaged (id int PRIMARY KEY, n int, note text);
INSERT INTO imaged SELECT i, 0, repeat('image ', 20) || i FROM generate_series(1, 400) i;
CREATE TABLE random_bytes (id int, bytes bytea);
INSERT INTO random_bytes SELECT i, decode(string_agg(md5((i * 1000 + j)::text), ''), 'hex') FROM generate_series(1, 16) i, generate_series(1, 120) j GROUP BY i ORDER BY i;
CREATE TABLE truncated (id int, note text);
INSERT INTO truncated SELECT i, repeat('y', 400) FROM generate_series(1, 200) i;
CREATE TABLE to_freeze (id int, note text);
INSERT INTO to_freeze SELECT i, 'f' FROM generate_series(1, 200) i;
CREATE TABLE to_drop (id int PRIMARY KEY, note text);
INSERT INTO to_drop SELECT i, 'dropped' FROM generate_series(1, 100) i;
CREATE TABLE to_rewrite (id int PRIMARY KEY, note text);
INSERT INTO to_rewrite SELECT i, 'rewritten' FROM generate_series(1, 100) i;
CREATE TABLE as_catalog (id int PRIMARY KEY, note text) WITH (user_catalog_table = true);
INSERT INTO as_catalog SELECT i, 'c' FROM generate_series(1, 50) i;
CREATE TABLE conflicting (id int PRIMARY KEY, n int);
CREATE TABLE crossroads (id int PRIMARY KEY, n int);
INSERT INTO crossroads SELECT i, 0 FROM generate_series(1, 10) i;
CREATE SEQUENCE counter;
CREATE TABLE thinned (id int PRIMARY KEY);
INSERT INTO thinned SELECT generate_series(1, 3000);
CREATE TABLE killed_entries (id int, n int);
INSERT INTO killed_entries SELECT i, 0 FROM generate_series(1, 300) i;
CREATE INDEX killed_entries_btree ON killed_entries (id);
-- for GIN: a list of one key that is nearly too long for an entry, and one that has a tree of several pages
CREATE TABLE listed (n int);
INSERT INTO listed SELECT generate_series(1, 2450);
CREATE TABLE posted (n int);
INSERT INTO posted SELECT generate_series(1, 26000);
CREATE INDEX posted_one ON posted USING gin ((ARRAY[1])) WITH (fastupdate = off);
