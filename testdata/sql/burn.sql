-- transaction ids up to a few before the end of the first page of pg_xact (32768 of them)
DO $$
BEGIN
  LOOP
    EXIT WHEN txid_snapshot_xmax(txid_current_snapshot()) > 32600;
    BEGIN
      PERFORM pg_logical_emit_message(true, 'burnt', '');
      RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
  END LOOP;
END $$;
