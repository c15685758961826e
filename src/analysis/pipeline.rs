//! A line of work: batches that one thread makes are worked on by several, and taken in their
//! order.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

/// Has `make` hand over batches, `work` done on each by `threads` threads (one a core where none
/// is given), and what comes of it taken by `take` in the order in which the batches were made. A
/// `take` that breaks ends it: so does handing over, from then on.
///
/// No more than a few batches for each thread are under way at a time, and memory goes round with
/// them: for a batch that is handed over, one that was taken comes back, and `work` is given room
/// that was used before. Who fills one empties it first.
///
/// A panic of any of the three ends it, and goes on in the caller.
pub(super) fn pipeline<B: Default + Send, T: Default + Send, M: Send>(
    threads: Option<usize>,
    make: impl FnOnce(&mut dyn FnMut(&mut B) -> ControlFlow<()>) -> M + Send,
    work: impl Fn(&B, &mut T) + Sync,
    mut take: impl FnMut(&mut T) -> ControlFlow<()>,
) -> M {
    let threads = threads.unwrap_or_else(rayon::current_num_threads).max(1);
    let (empty, empties) = channel::<Piece<B, T>>();
    for _ in 0..threads * AHEAD {
        let _ = empty.send(Piece::default());
    }
    let (batch, batches) = channel::<Piece<B, T>>();
    let (done, finished) = channel::<Result<Piece<B, T>, Panic>>();
    let batches = Mutex::new(batches);
    std::thread::scope(|scope| {
        let maker = scope.spawn(move || make(&mut hand_over(empties, batch)));
        for _ in 0..threads {
            let (done, batches, work) = (done.clone(), &batches, &work);
            scope.spawn(move || {
                while let Some(mut piece) = next(batches) {
                    let worked = catch_unwind(AssertUnwindSafe(|| {
                        work(&piece.batch, &mut piece.result);
                        piece
                    }));
                    if done.send(worked).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let (mut waiting, mut wanted, mut panic) = (BTreeMap::new(), 0, None);
        'all: for worked in &finished {
            match worked {
                Ok(piece) => waiting.insert(piece.number, piece),
                // What comes of that batch will never come.
                Err(cause) => {
                    panic = Some(cause);
                    break;
                }
            };
            while let Some(mut piece) = waiting.remove(&wanted) {
                wanted += 1;
                if take(&mut piece.result).is_break() {
                    break 'all;
                }
                let _ = empty.send(piece);
            }
        }
        // Where none come back, the maker is told to stop.
        drop((empty, finished));
        match (maker.join(), panic) {
            (Ok(outcome), None) => outcome,
            (Ok(_), Some(panic)) | (Err(panic), _) => resume_unwind(panic),
        }
    })
}

/// How many batches for each thread are under way.
const AHEAD: usize = 3;

type Panic = Box<dyn Any + Send>;

/// A batch, and what comes of it.
#[derive(Default)]
struct Piece<B, T> {
    number: u64,
    batch: B,
    result: T,
}

fn hand_over<B, T>(
    empties: Receiver<Piece<B, T>>,
    batches: Sender<Piece<B, T>>,
) -> impl FnMut(&mut B) -> ControlFlow<()> {
    let mut number = 0;
    move |batch| {
        let Ok(mut piece) = empties.recv() else { return ControlFlow::Break(()) };
        piece.number = number;
        number += 1;
        std::mem::swap(&mut piece.batch, batch);
        if batches.send(piece).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

fn next<P>(batches: &Mutex<Receiver<P>>) -> Option<P> {
    batches.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::panic_of;

    type HandOver<'a> = &'a mut dyn FnMut(&mut u64) -> ControlFlow<()>;

    /// Hands over the numbers from 0 on, and says how many were taken over.
    fn numbers(hand_over: HandOver<'_>) -> usize {
        (0..500).take_while(|number| hand_over(&mut number.clone()).is_continue()).count()
    }

    #[test]
    fn batches_come_out_in_their_order() {
        for threads in [1, 2, 5] {
            let mut seen = Vec::new();
            let work = |batch: &u64, square: &mut u64| {
                std::thread::sleep(std::time::Duration::from_micros(batch % 7 * 20));
                *square = batch * batch;
            };
            let made = pipeline(Some(threads), numbers, work, |square| {
                seen.push(*square);
                if seen.len() == 100 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert!(made < 100 + threads * AHEAD + 1, "{made}");
            assert_eq!(seen, (0..100).map(|batch| batch * batch).collect::<Vec<_>>());
        }
    }

    #[test]
    fn memory_goes_round() {
        // A batch is the numbers of all that were made of the same memory.
        let mut most = 0;
        pipeline(
            Some(2),
            |hand_over| {
                let mut batch = Vec::new();
                for number in 0..100 {
                    batch.push(number);
                    let _ = hand_over(&mut batch);
                }
            },
            |batch: &Vec<u32>, len: &mut usize| *len += batch.len(),
            |len| {
                most = most.max(*len);
                ControlFlow::Continue(())
            },
        );
        assert!(most > 100 / (2 * AHEAD + 1), "{most}");
    }

    #[test]
    fn a_panic_of_any_part_reaches_the_caller() {
        let square = |batch: &u64, square: &mut u64| *square = batch * batch;
        let go_on = |_: &mut u64| ControlFlow::Continue(());
        for threads in [1, 2, 5] {
            let maker = move || {
                let make = |hand_over: HandOver<'_>| {
                    for number in 0..7_u64 {
                        let _ = hand_over(&mut number.clone());
                    }
                    panic!("in make")
                };
                pipeline(Some(threads), make, square, go_on);
            };
            assert_eq!(panic_of(maker), "in make");
            let worker = move || {
                let work = |batch: &u64, _: &mut u64| assert!(*batch != 7, "in work");
                pipeline(Some(threads), numbers, work, go_on);
            };
            assert_eq!(panic_of(worker), "in work");
            let taker = move || {
                let take = |square: &mut u64| {
                    assert!(*square != 49, "in take");
                    ControlFlow::Continue(())
                };
                pipeline(Some(threads), numbers, square, take);
            };
            assert_eq!(panic_of(taker), "in take");
        }
    }
}
