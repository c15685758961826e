//! `postmaster.pid`: which process runs the server (`CreateLockFile`, utils/init/miscinit.c;
//! utils/pidfile.h).
//!
//! ```text
//! line 1  process id; negative for a server without a postmaster
//! line 2  data directory
//! line 3  start time, line 4 port, line 5 socket directory …
//! ```

/// The process of a `postmaster.pid`; `None` where its first line is no process id.
///
/// ```
/// use pgautopsy::format::postmaster_pid;
/// assert_eq!(postmaster_pid::pid(b"4711\n/var/lib/data\n"), Some(4711));
/// assert_eq!(postmaster_pid::pid(b"-4711\n"), Some(4711));
/// assert_eq!(postmaster_pid::pid(b""), None);
/// ```
#[must_use]
pub fn pid(bytes: &[u8]) -> Option<u32> {
    let line = bytes.split(|&byte| byte == b'\n').next()?;
    let digits = std::str::from_utf8(line).ok()?.trim();
    digits.strip_prefix('-').unwrap_or(digits).parse().ok().filter(|&pid| pid > 0)
}
