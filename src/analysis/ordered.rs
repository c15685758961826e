//! Work that is done in parallel and taken in its order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Does `work` for each number below `count`, on `threads` threads (one a core where none is
/// given), and hands what comes of it to `take`, by rising number. No more than `ahead` pieces are
/// done before the one that is to be taken next, so that memory stays bounded; a `take` that
/// breaks ends it.
///
/// Each thread has one buffer of its own. A panic of `work` or `take` ends it, and goes on in the
/// caller.
pub(super) fn ordered<T: Send>(
    count: usize,
    threads: Option<usize>,
    ahead: usize,
    work: impl Fn(usize, &mut Vec<u8>) -> T + Sync,
    take: impl FnMut(usize, T) -> ControlFlow<()> + Send,
) {
    let threads = threads.unwrap_or_else(rayon::current_num_threads).min(count);
    let queue =
        Mutex::new(Queue { next: 0, taken: 0, stopped: false, ready: BTreeMap::new(), take });
    let (queue, moved) = (&queue, &Condvar::new());
    let thread = || {
        let _stop = StopOnPanic { queue, moved };
        let mut buffer = Vec::new();
        loop {
            let mut state = lock(queue);
            while !state.stopped && state.next < count && state.next > state.taken + ahead {
                state = moved.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.stopped || state.next >= count {
                return;
            }
            let number = state.next;
            state.next += 1;
            drop(state);
            let done = work(number, &mut buffer);
            lock(queue).hand_over(number, done);
            moved.notify_all();
        }
    };
    if threads <= 1 {
        return thread();
    }
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => drop(pool.broadcast(|_| thread())),
        // The system gives no threads: one will do.
        Err(_) => thread(),
    }
}

struct Queue<T, F> {
    /// The number that is worked on next, and the one that is taken next.
    next: usize,
    taken: usize,
    stopped: bool,
    ready: BTreeMap<usize, T>,
    take: F,
}

impl<T, F: FnMut(usize, T) -> ControlFlow<()>> Queue<T, F> {
    fn hand_over(&mut self, number: usize, done: T) {
        self.ready.insert(number, done);
        while let Some(done) = self.ready.remove(&self.taken).filter(|_| !self.stopped) {
            self.stopped = (self.take)(self.taken, done).is_break();
            self.taken += 1;
        }
    }
}

/// The number that a thread panicked at is never done: nobody must wait for it.
struct StopOnPanic<'a, T, F> {
    queue: &'a Mutex<Queue<T, F>>,
    moved: &'a Condvar,
}

impl<T, F> Drop for StopOnPanic<'_, T, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(self.queue).stopped = true;
            self.moved.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::panic_of;

    #[test]
    fn whatever_the_threads_the_order_stays() {
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            let work = |number: usize, _: &mut Vec<u8>| {
                // The later, the sooner done.
                std::thread::sleep(std::time::Duration::from_micros(200 - number as u64));
                number * number
            };
            ordered(200, Some(threads), 3, work, |number, square| {
                seen.push((number, square));
                if number == 150 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let expected: Vec<_> = (0..=150).map(|number| (number, number * number)).collect();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn a_panic_of_any_part_reaches_the_caller() {
        for threads in [1, 2, 7] {
            let in_work = move || {
                let work = |number: usize, _: &mut Vec<u8>| assert!(number != 20, "in work");
                ordered(200, Some(threads), 3, work, |_, ()| ControlFlow::Continue(()));
            };
            assert_eq!(panic_of(in_work), "in work");
            let in_take = move || {
                let take = |number, ()| {
                    assert!(number != 20, "in take");
                    ControlFlow::Continue(())
                };
                ordered(200, Some(threads), 3, |_, _| (), take);
            };
            assert_eq!(panic_of(in_take), "in take");
        }
    }
}
