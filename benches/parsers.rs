//! How fast pages are decoded, checked and accounted for, in a core's cache.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pgautopsy::analysis::bloat::HeapContext;
use pgautopsy::analysis::horizon::Horizon;
use pgautopsy::cluster::{Cluster, ClusterOptions};
use pgautopsy::evidence::{self, OpenOptions};
use pgautopsy::format::page::{Page, checksum};
use pgautopsy::primitives::{BlockNumber, ForkNumber};

fn pages(criterion: &mut Criterion) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/pg17.tar.zst");
    let evidence = evidence::open(path.as_ref(), &OpenOptions::default()).expect("the fixture");
    let cluster = Cluster::open(evidence, &ClusterOptions::default()).expect("a cluster");
    let pattern = "shop.public.frozen".parse().expect("a name");
    let relation = cluster.relation(&pattern, None).expect("the table");
    let main = relation.files.fork(ForkNumber::Main).expect("its main fork");
    let mut buffer = Vec::new();
    let bytes = cluster.pages().read(main, BlockNumber(0), &mut buffer).expect("its first page");
    let format = cluster.format();

    let mut group = criterion.benchmark_group("page");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("checksum", |bencher| {
        bencher.iter(|| checksum::page(black_box(bytes), BlockNumber(0)));
    });
    group.bench_function("header and line pointers", |bencher| {
        bencher.iter(|| Page::new(black_box(bytes), format).map(|page| page.item_count()));
    });
    let horizon = Horizon { oldest: None, holders: Vec::new(), without_oldest_holder: None };
    let context = HeapContext { format, transactions: cluster.transactions(), horizon: &horizon };
    group.bench_function("space ledger", |bencher| {
        bencher.iter(|| context.tally(black_box(bytes), BlockNumber(0), |_| ()));
    });
    group.finish();
}

criterion_group!(benches, pages);
criterion_main!(benches);
