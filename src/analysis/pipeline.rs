//! A line of work: batches that one thread makes are worked on by several, and taken in their
//! order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

/// Has `make` hand over batches, `work` done on each by `threads` threads (one a core where none
/// is given), and what comes of it taken by `take` in the order in which the batches were made. A
/// `take` that breaks ends it: so does handing over, from then on.
///
/// No more than a few batches for each thread are under way at a time.
pub(super) fn pipeline<B: Send, T: Send, M: Send>(
    threads: Option<usize>,
    make: impl FnOnce(&mut dyn FnMut(B) -> ControlFlow<()>) -> M + Send,
    work: impl Fn(B) -> T + Sync,
    mut take: impl FnMut(T) -> ControlFlow<()>,
) -> M {
    let threads = threads.unwrap_or_else(rayon::current_num_threads).max(1);
    let (permit, permits) = channel();
    for _ in 0..threads * AHEAD {
        let _ = permit.send(());
    }
    let (batch, batches) = channel::<(u64, B)>();
    let (done, finished) = channel::<(u64, T)>();
    let batches = Mutex::new(batches);
    std::thread::scope(|scope| {
        let maker = scope.spawn(move || make(&mut hand_over(permits, batch)));
        for _ in 0..threads {
            let (done, batches, work) = (done.clone(), &batches, &work);
            scope.spawn(move || {
                while let Some((number, batch)) = next(batches) {
                    if done.send((number, work(batch))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let (mut waiting, mut wanted) = (BTreeMap::new(), 0);
        'all: for (number, result) in &finished {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&wanted) {
                wanted += 1;
                if take(result).is_break() {
                    break 'all;
                }
                let _ = permit.send(());
            }
        }
        // Without permits the maker is told to stop.
        drop((permit, finished));
        match maker.join() {
            Ok(outcome) => outcome,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// How many batches for each thread are under way.
const AHEAD: usize = 3;

fn hand_over<B>(
    permits: Receiver<()>,
    batches: Sender<(u64, B)>,
) -> impl FnMut(B) -> ControlFlow<()> {
    let mut number = 0;
    move |batch| {
        let sent = permits.recv().is_ok() && batches.send((number, batch)).is_ok();
        number += 1;
        if sent { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

fn next<B>(batches: &Mutex<Receiver<B>>) -> Option<B> {
    batches.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_come_out_in_their_order() {
        for threads in [1, 2, 5] {
            let mut seen = Vec::new();
            let made = pipeline(
                Some(threads),
                |hand_over| {
                    (0..500_u64).take_while(|&batch| hand_over(batch).is_continue()).count()
                },
                |batch| {
                    std::thread::sleep(std::time::Duration::from_micros(batch % 7 * 20));
                    batch * batch
                },
                |square| {
                    seen.push(square);
                    if seen.len() == 100 {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                },
            );
            assert!(made < 100 + threads * AHEAD + 1, "{made}");
            assert_eq!(seen, (0..100).map(|batch| batch * batch).collect::<Vec<_>>());
        }
    }
}
