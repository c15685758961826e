//! What tests share.

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::cluster::{Cluster, ClusterOptions};
use crate::evidence::{self, OpenOptions};

/// A stored cluster.
pub(super) fn stored(name: &str) -> Cluster {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/{name}.tar.zst"));
    let evidence = evidence::open(&path, &OpenOptions::default()).unwrap();
    Cluster::open(evidence, &ClusterOptions::default()).unwrap()
}

/// The message of the panic that `work` ends with. Work that never ends fails the test instead of
/// keeping it.
pub(super) fn panic_of(work: impl FnOnce() + Send + 'static) -> String {
    let (ended, end) = channel();
    let thread = std::thread::spawn(move || {
        let _ended = ended;
        work();
    });
    let waited = end.recv_timeout(Duration::from_secs(60));
    assert_eq!(waited, Err::<(), _>(std::sync::mpsc::RecvTimeoutError::Disconnected), "it hangs");
    let panic = thread.join().expect_err("it panics");
    let message = panic.downcast_ref::<String>().cloned();
    message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap()
}
