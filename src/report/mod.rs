//! Writing what the rules found, one file a format.
//!
//! A reporter turns judgements into bytes and does nothing else: it neither filters nor counts. Judgements come one at a
//! time, so that memory does not grow with their number.

use std::io::{self, Write};

use crate::lint::{Judgement, Summary};

/// Writes one format. Called with each judgement in order, then once with the summary.
pub trait Reporter {
    /// Before the first judgement.
    ///
    /// # Errors
    /// Those of the writer; likewise below.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }

    fn judgement(&mut self, judgement: &Judgement, out: &mut dyn Write) -> io::Result<()>;

    fn finish(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()>;
}
