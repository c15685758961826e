-- The second database: its home is the tablespace "real space", and its catalogs were rewritten.

CREATE TABLE updated (id int PRIMARY KEY, n int);
INSERT INTO updated SELECT i, 0 FROM generate_series(1, 100) i;
UPDATE updated SET n = n + 1 WHERE id % 3 = 0;
CREATE TABLE at_default (id int) TABLESPACE pg_default;
INSERT INTO at_default SELECT generate_series(1, 10);
CREATE TABLE held (id int PRIMARY KEY, n int);
INSERT INTO held SELECT i, 0 FROM generate_series(1, 100) i;
DELETE FROM held WHERE id <= 5;
CREATE TABLE "ñandú" (id int, "Ünï" text);
INSERT INTO "ñandú" VALUES (1, 'ö');
CREATE TABLE dropped_before_rewrite (id int);
DROP TABLE dropped_before_rewrite;
VACUUM FULL pg_class;
VACUUM FULL pg_attribute;
VACUUM FULL pg_type;
VACUUM FULL pg_index;
VACUUM FULL pg_database;
CREATE TABLE dropped_after_rewrite (id int);
DROP TABLE dropped_after_rewrite;
CREATE TABLE after_rewrite (id int);
INSERT INTO after_rewrite VALUES (1);
