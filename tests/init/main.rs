//! `aggcert init`, `renew`, `request`, `sign`, `accept`, `rotate` and `flags`, judged by OpenSSL, a shell and the file system.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, in its helpers too"
)]

mod certificates;
mod directory;
mod elsewhere;
mod existing_ca;
mod files;
mod flags;
mod interrupted;
mod output;
mod refusals;
mod renew;
mod rotate;
