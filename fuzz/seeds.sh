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
    done
}

start() {
    "$1/initdb" -D "$data" -A trust -U postgres --no-sync --data-checksums --wal-segsize=1 \
        --locale=C -E UTF8 >/dev/null
    cat >>"$data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$work'
		autovacuum = off
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
