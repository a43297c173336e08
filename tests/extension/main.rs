//! `aggcert extension`, judged by OpenSSL, by our own path validation and by `check`, over the whole life of a CA.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod directory;
mod interrupted;
mod made;
mod refusals;
mod renewal;
mod rules;
