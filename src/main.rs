//! See the library for everything.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use time::OffsetDateTime;

/// A check makes and drops many small values on all cores.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut err = std::io::stderr();
    let exit = aggcert::cli::run(std::env::args_os(), OffsetDateTime::now_utc(), &mut out, &mut err);
    // Written already, or refused already: a second failure has nothing to add.
    let _ = out.flush();
    ExitCode::from(exit.code())
}
