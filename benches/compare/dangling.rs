//! `bloat --dangling` against `pg_amcheck --heapallindexed`, on the same index.

use std::path::Path;
use std::time::{Duration, Instant};

use pgautopsy::analysis::bloat::{BloatOptions, DanglingOptions, bloat, follow_items};

use crate::server::{Setup, open, ratio};

const INDEX: &str = "public.pgbench_accounts_pkey";
const ROUNDS: usize = 5;

impl Setup {
    pub(crate) fn compare_dangling(&self) {
        let data = self.cluster();
        self.with_server(&data, "", |setup| {
            setup.client(
                "psql",
                &["-Xq", "-c", "create extension if not exists amcheck", "postgres"],
            );
        });
        // In turn, so that whatever else the machine does weighs on both.
        let mut best = [Duration::MAX; 3];
        for _ in 0..ROUNDS {
            let asked = self.with_server(&data, "", |setup| {
                let start = Instant::now();
                let arguments = ["-d", "postgres", "--heapallindexed", "-i", INDEX];
                setup.client("pg_amcheck", &arguments);
                start.elapsed()
            });
            let ours = [self.threads, 1].map(|threads| follow(&data, threads));
            for (best, took) in best.iter_mut().zip([asked, ours[0], ours[1]]) {
                *best = took.min(*best);
            }
        }
        let [asked, ours, alone] = best;
        println!("{INDEX}, the best of {ROUNDS} rounds:");
        println!("pg_amcheck --heapallindexed: {asked:?}");
        let times = [(ours, self.threads), (alone, 1)];
        for (took, threads) in times {
            println!(
                "--dangling, {threads} threads: {took:?} ({:.1} times as fast)",
                ratio(asked, took)
            );
        }
    }
}

/// What the command does: reads the index for its ledger, then its table, then the index again.
fn follow(data: &Path, threads: usize) -> Duration {
    let start = Instant::now();
    let cluster = open(data);
    let index = cluster.relation(&INDEX.parse().expect("a name"), Some("postgres"));
    let index = index.expect("the index");
    let options = BloatOptions { threads: Some(threads), strips: 0 };
    let mut found = bloat(&cluster, &[index], options, &());
    let options = DanglingOptions { threads: Some(threads), ..DanglingOptions::default() };
    follow_items(&cluster, &mut found, options, &());
    let targets =
        found.relations[0].index.as_ref().and_then(|index| index.dangling.as_ref()?.targets());
    assert!(targets.is_some_and(|targets| targets.all() > 0), "the items were followed");
    start.elapsed()
}
