-- After the logical slot was made, before the physical slot holds anything: dead rows of catalogs and of a
-- user_catalog_table that only the logical slot's catalog_xmin holds. Dead rows of other tables are removable.

CREATE TABLE dropped_while_held (id int PRIMARY KEY, body text);
INSERT INTO dropped_while_held VALUES (1, 'gone');
DROP TABLE dropped_while_held;
ALTER TABLE changed RENAME COLUMN g TO g_renamed;
DELETE FROM as_catalog WHERE id BETWEEN 11 AND 18;
UPDATE as_catalog SET note = 'later' WHERE id BETWEEN 20 AND 24;
DELETE FROM held WHERE id BETWEEN 31 AND 36;
