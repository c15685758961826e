//! The server's small text files: `backup_label`, `tablespace_map`, `postmaster.pid`, histories of
//! timelines.

use pgautopsy::format::backup_label::{BackupLabel, tablespace_map};
use pgautopsy::format::postmaster_pid;
use pgautopsy::format::wal::parse_history;

/// The input is a file.
pub fn run(data: &[u8]) {
    let lines = data.split(|&byte| byte == b'\n').count();
    let label = BackupLabel::parse(data);
    for text in [label.backup_method, label.backup_from, label.start_time, label.label] {
        assert!(text.is_none_or(|text| !text.contains('\n')));
    }
    let map = tablespace_map(data);
    assert!(map.len() <= lines);
    assert!(map.iter().all(|(_, path)| path.len() <= 3 * data.len()));
    assert_ne!(postmaster_pid::pid(data), Some(0));
    if let Ok(entries) = parse_history(data) {
        assert!(entries.len() <= lines);
        assert!(entries.is_sorted_by(|older, newer| {
            older.timeline < newer.timeline && older.end <= newer.end
        }));
    }
}
