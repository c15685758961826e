#!/usr/bin/env bash
# Makes the seeds of the fuzz targets from real servers: bytes as they stand in files, and values as
# they stand in tuples.
#
#     fuzz/seeds.sh BIN...       the bin directory of a server for each major version
#
# Servers refuse to run as root. psql is taken from PATH, or from $PSQL; pageinspect must be there.
set -euo pipefail

seeds=$(cd "$(dirname "$0")" && pwd)/seeds
psql=${PSQL:-psql}
work=$(mktemp -d)
trap 'stop; rm -rf "$work"' EXIT

main() {
    for bin in "$@"; do
        version=$("$bin/postgres" --version | grep -oE '[0-9]+' | head -n 1)
        data=$work/$version
        start "$bin"
        fill
        values
        blocks
        texts
        stop
        files
        indexes
    done
}

start() {
    "$1/initdb" -D "$data" -A trust -U postgres --no-sync --data-checksums --wal-segsize=1 \
        --locale=C -E UTF8 >/dev/null
    cat >>"$data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$work'
		autovacuum = off
		jit = off
		fsync = off
		max_prepared_transactions = 5
		track_commit_timestamp = on
		wal_level = logical
	CONF
    "$1/pg_ctl" -D "$data" -l "$work/log" -w start >/dev/null
    pg_ctl=$1/pg_ctl
}

stop() {
    if [ -n "${pg_ctl:-}" ]; then
        "$pg_ctl" -D "$data" -m fast -w stop >/dev/null
        pg_ctl=
    fi
}

sql() {
    "$psql" -h "$work" -U postgres -d postgres -qAtX -v ON_ERROR_STOP=1 "$@"
}

# Writes what the query gives, in hex, to the seed $1.
seed() {
    mkdir -p "$seeds/$(dirname "$1")"
    sql -c "SELECT encode(($2), 'hex')" | xxd -r -p >"$seeds/$1"
}

fill() {
    sql <<-'SQL'
		SELECT FROM pg_create_physical_replication_slot('physical', true);
		SELECT FROM pg_create_logical_replication_slot('logical', 'pgoutput');
		CREATE EXTENSION pageinspect;
		CREATE TABLE t (a int, b text, c numeric, d int8[], e bool, f text[], g timestamptz, h name);
		CREATE INDEX t_b ON t (b);
		CREATE INDEX t_hash ON t USING hash (a);
		CREATE INDEX t_gin ON t USING gin (d);
		CREATE INDEX t_brin ON t USING brin (a);
		INSERT INTO t SELECT i, 'row ' || i, i / 7.0, ARRAY[i, NULL, i * 2], i % 2 = 0,
		    ARRAY[['a', 'bc'], ['d', NULL]], '2020-02-02', 'n' || i FROM generate_series(1, 40) i;
		UPDATE t SET e = NOT e WHERE a % 5 = 0;
		UPDATE t SET c = NULL, g = NULL WHERE a % 7 = 0;
		DELETE FROM t WHERE a % 11 = 0;
		BEGIN;
		UPDATE t SET b = 'taken back' WHERE a = 4;
		ROLLBACK;
		VACUUM t;
		UPDATE t SET b = 'once more' WHERE a IN (3, 8);
		CREATE TABLE wide (a text, b text);
		ALTER TABLE wide ALTER b SET STORAGE external;
		INSERT INTO wide VALUES (repeat('again and again ', 200), 'out of line' || repeat('-', 5000)),
		    ((SELECT string_agg(md5(i::text), repeat('.', i)) FROM generate_series(1, 150) i), NULL);
		CREATE SEQUENCE s;
		BEGIN;
		INSERT INTO t (a) VALUES (1000);
		SAVEPOINT one;
		INSERT INTO t (a) VALUES (1001);
		SAVEPOINT two;
		INSERT INTO t (a) VALUES (1002);
		RELEASE SAVEPOINT two;
		PREPARE TRANSACTION 'a prepared one';
		BEGIN;
		SELECT FROM t WHERE a = 1 FOR KEY SHARE;
		SAVEPOINT one;
		UPDATE t SET e = NOT e WHERE a = 1;
		COMMIT;
	SQL
}

# What one value's bytes are: from the tuple, the header with them, and from the TOAST chunks.
values() {
    [ "$version" = 17 ] || return 0
    local tuple="SELECT t_attrs[%s] FROM heap_page_item_attrs(get_raw_page('%s', 0), '%s') WHERE lp = %s"
    attribute() { printf "$tuple" "$1" "$2" "$2" "$3"; }
    seed varlena/short-text "$(attribute 2 t 1)"
    seed varlena/short-numeric "$(attribute 3 t 1)"
    seed varlena/bigint-array "$(attribute 4 t 1)"
    seed varlena/text-array "$(attribute 6 t 1)"
    seed varlena/pglz "$(attribute 1 wide 1)"
    seed varlena/toast-pointer "$(attribute 2 wide 1)"
    seed array/bigint "SELECT substr(x, 2) FROM ($(attribute 4 t 1)) AS v(x)"
    seed array/text "SELECT substr(x, 2) FROM ($(attribute 6 t 1)) AS v(x)"
    seed array/oidvector "SELECT substr(x, 5) FROM (SELECT t_attrs[20]
        FROM heap_page_item_attrs(get_raw_page('pg_proc', 0), 'pg_proc') WHERE lp = 5) AS v(x)"
    seed compression/pglz "SELECT substr(x, 5) FROM ($(attribute 1 wide 1)) AS v(x)"
    local toast
    toast=$(sql -c "SELECT reltoastrelid::regclass FROM pg_class WHERE relname = 'wide'")
    seed compression/pglz-chunks "SELECT string_agg(chunk_data, '' ORDER BY chunk_seq) FROM $toast
        WHERE chunk_id = (SELECT max(chunk_id) FROM $toast)"
    sql <<-'SQL'
		CREATE TABLE lz4 (a text COMPRESSION lz4);
		INSERT INTO lz4 VALUES (repeat('again and again ', 200));
	SQL
    seed varlena/lz4 "$(attribute 1 lz4 1)"
    seed compression/lz4 "SELECT substr(x, 5) FROM ($(attribute 1 lz4 1)) AS v(x)"
}

# Whole pages, as they are in the files.
blocks() {
    [ "$version" = 17 ] || return 0
    seed heap/table "SELECT get_raw_page('t', 0)"
    seed heap/toasted "SELECT get_raw_page('wide', 0)"
    seed heap/pg-attribute "SELECT get_raw_page('pg_attribute', 3)"
    seed page/heap "SELECT get_raw_page('t', 0)"
    seed page/sequence "SELECT get_raw_page('s', 0)"
    seed page/btree-meta "SELECT get_raw_page('t_b', 0)"
    seed page/btree-leaf "SELECT get_raw_page('t_b', 1)"
    seed page/hash-bucket "SELECT get_raw_page('t_hash', 1)"
    seed page/gin "SELECT get_raw_page('t_gin', 1)"
    seed page/brin "SELECT get_raw_page('t_brin', 2)"
}

# One page of each kind of each type of index, of as few rows as make one; and the two maps. From a
# cluster of their own, where no prepared transaction keeps VACUUM from its work.
indexes() {
    case $version in 12 | 17) ;; *) return 0 ;; esac
    data=$work/$version-indexes
    start "$bin"
    sql >/dev/null <<-'SQL'
		CREATE EXTENSION pageinspect;
		CREATE EXTENSION bloom;
		CREATE TABLE dups (a int, b text);
		INSERT INTO dups SELECT i, 'key ' || i % 3 FROM generate_series(1, 60) i;
		CREATE INDEX dups_b ON dups (b);
		CREATE INDEX dups_bloom ON dups USING bloom (a, b);
		CREATE TABLE tall (a int, b text);
		INSERT INTO tall SELECT i, lpad(i::text, 400, '0') FROM generate_series(1, 90) i;
		CREATE INDEX tall_b ON tall (b);
		DELETE FROM tall WHERE a BETWEEN 20 AND 60;
		VACUUM tall;
		DELETE FROM tall WHERE a BETWEEN 5 AND 9;
		SET enable_seqscan = off;
		SET enable_bitmapscan = off;
		SELECT count(*) FROM tall WHERE b BETWEEN lpad('4', 400, '0') AND lpad('10', 400, '0');
		CREATE TABLE many (b int[]);
		INSERT INTO many SELECT '{1}' FROM generate_series(1, 20000);
		CREATE INDEX many_b ON many USING gin (b);
		DELETE FROM many WHERE ctid < '(60,1)';
		VACUUM many;
		INSERT INTO many SELECT ARRAY[2, i, NULL] FROM generate_series(1, 30) i;
		INSERT INTO many VALUES (NULL), ('{}');
		CREATE TABLE same (a int);
		CREATE INDEX same_a ON same USING hash (a);
		INSERT INTO same SELECT 1 FROM generate_series(1, 900) i;
		DELETE FROM same WHERE ctid < '(0,10)';
		SELECT count(*) FROM same WHERE a = 1;
		CREATE TABLE words (a int[], b tsvector);
		INSERT INTO words SELECT ARRAY[i, i % 3], to_tsvector('simple', 'w' || i) FROM generate_series(1, 20) i;
		INSERT INTO words VALUES (NULL, NULL), ('{}', '');
		CREATE INDEX words_gin ON words USING gin (a, b);
		CREATE TABLE ranges (a int4range, b text);
		ALTER TABLE ranges ALTER b SET STORAGE plain;
		INSERT INTO ranges SELECT int4range(i, i + 9), lpad(i::text, 800, '0') FROM generate_series(1, 60) i;
		INSERT INTO ranges VALUES (NULL, NULL), ('empty', '');
		CREATE INDEX ranges_gist ON ranges USING gist (a) INCLUDE (b);
		DELETE FROM ranges WHERE lower(a) BETWEEN 11 AND 50;
		VACUUM ranges;
		DELETE FROM ranges WHERE lower(a) = 5;
		SELECT count(*) FROM ranges WHERE a @> 5;
		CREATE TABLE points (a text, b point);
		CREATE INDEX points_text ON points USING spgist (a);
		INSERT INTO points SELECT lpad(i::text, 9 + i % 2, '0') || repeat('x', 300), NULL
		    FROM generate_series(1, 60) i;
		INSERT INTO points VALUES (NULL, NULL);
		DELETE FROM points WHERE a LIKE '%3x%';
		VACUUM points;
		INSERT INTO points SELECT lpad(i::text, 9 + i % 2, '0') || repeat('y', 300), NULL
		    FROM generate_series(1, 60) i;
		CREATE TABLE steps (a int, b text, c int);
		INSERT INTO steps SELECT i, repeat('-', 90), CASE WHEN i > 200 THEN i END FROM generate_series(1, 400) i;
		CREATE INDEX steps_brin ON steps USING brin (a, c) WITH (pages_per_range = 2);
		UPDATE steps SET c = 7 WHERE a = 1;
		VACUUM FREEZE steps;
	SQL
    local page="SELECT get_raw_page('%s', %s)"
    block() { seed "$1" "$(printf "$page" "$2" "$3")"; }
    if [ "$version" = 12 ]; then
        block index/btree-deleted-pg12 tall_b 4
        stop
        return
    fi
    block index/btree-meta tall_b 0
    block index/btree-root tall_b 3
    block index/btree-leaf tall_b 1
    block index/btree-deleted tall_b 4
    block index/btree-posting dups_b 1
    block index/hash-meta same_a 0
    block index/hash-bucket same_a 7
    block index/hash-overflow same_a 11
    block index/hash-bitmap same_a 9
    block index/gin-meta many_b 0
    block index/gin-entries words_gin 1
    block index/gin-posting-leaf many_b 3
    block index/gin-posting-internal many_b 2
    block index/gin-pending many_b 6
    block index/gist-root ranges_gist 0
    block index/gist-leaf ranges_gist 2
    block index/gist-deleted ranges_gist 4
    block index/spgist-meta points_text 0
    block index/spgist-root points_text 1
    block index/spgist-leaf points_text 3
    block index/brin-meta steps_brin 0
    block index/brin-revmap steps_brin 1
    block index/brin-regular steps_brin 2
    block index/bloom-meta dups_bloom 0
    block index/bloom-regular dups_bloom 1
    block map/free-space "steps', 'fsm" 2
    block map/visibility "steps', 'vm" 0
    stop
}

# What a base backup and a running server leave in words.
texts() {
    case $version in
        13) local start="pg_start_backup('night', true, false)" stop='pg_stop_backup(false, false)' ;;
        17) local start="pg_backup_start('night', true)" stop='pg_backup_stop(false)' ;;
        *) return 0 ;;
    esac
    mkdir -p "$work/elsewhere" "$seeds/text"
    sql -c "CREATE TABLESPACE elsewhere LOCATION '$work/elsewhere'"
    for part in labelfile spcmapfile; do
        sql -c "SELECT FROM $start" -c "SELECT $part FROM $stop" | sed "s:$work:/srv:" \
            >"$seeds/text/$part-pg$version"
    done
    sed "s:$work:/srv:" "$data/postmaster.pid" >"$seeds/text/postmaster-pid-pg$version"
    sql -c 'DROP TABLESPACE elsewhere'
}

# Files that are small whole.
files() {
    for slot in physical logical; do
        install -D -m 644 "$data/pg_replslot/$slot/state" "$seeds/slot/$slot-pg$version"
    done
    install -D -m 644 "$data"/pg_twophase/* "$seeds/twophase/pg$version"
    case $version in 17 | 19)
        mkdir -p "$seeds/slru"
        page "$data/pg_xact/0000" >"$seeds/slru/xact-pg$version"
        page "$data/pg_commit_ts/0000" >"$seeds/slru/commit-ts-pg$version"
        page "$data/pg_multixact/offsets/0000" >"$seeds/slru/multixact-offsets-pg$version"
        page "$data"/pg_multixact/members/0*0 >"$seeds/slru/multixact-members-pg$version"
        ;;
    esac
}

# The first page of a file, without most of the zeros at its end.
page() {
    head -c 8192 "$1" | perl -0777 -pe 's/\0+\z//; $_ .= "\0" x (-length() % 64)'
}

main "$@"
