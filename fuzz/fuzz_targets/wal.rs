#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pgautopsy_fuzz::wal::run(data));
