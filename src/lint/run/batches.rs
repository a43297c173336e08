//! What a walk finds, read by every thread and taken in the order in which it was found.

use rayon::prelude::*;

/// Read at a time: enough for every thread, few enough to be held twice.
const BATCH: usize = 128;

/// `read` is called by every thread; `take` gets what it gives, and says whether to go on.
pub(super) fn each<U: Send, T: Send, E>(
    mut found: impl Iterator<Item = U>,
    read: &(impl Fn(U) -> T + Sync),
    take: &mut dyn FnMut(T) -> Result<bool, E>,
) -> Result<bool, E> {
    let mut next = || found.by_ref().take(BATCH).collect::<Vec<U>>();
    let mut take_all = |read: Vec<T>| {
        for one in read {
            if !take(one)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let mut batch = next();
    let mut waiting = Vec::new();
    while !(batch.is_empty() && waiting.is_empty()) {
        let (found, taken) = (std::mem::take(&mut batch), std::mem::take(&mut waiting));
        let goes_on = if found.len() > 1 {
            // The walk goes on, and what was read before is handed on, while these are read.
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| waiting = found.into_par_iter().map(read).collect());
                batch = next();
                take_all(taken)
            })?
        } else {
            // Threads would take longer to start than this takes.
            waiting.extend(found.into_iter().map(read));
            batch = next();
            take_all(taken)?
        };
        if !goes_on {
            return Ok(false);
        }
    }
    Ok(true)
}
