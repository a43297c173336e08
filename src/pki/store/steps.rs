//! Where a change of the files can be stopped.

use std::io;

/// Where the store tells what it is about to do to the disk. The way for a test to stop it there.
pub trait Steps: Sync {
    /// Called before each system call that changes something.
    ///
    /// # Errors
    /// What the system call is to fail with instead of being done.
    fn before(&self, action: &'static str, name: &str) -> io::Result<()>;
}

/// Goes on at every step.
#[derive(Debug, Clone, Copy)]
pub struct Unhindered;

impl Steps for Unhindered {
    fn before(&self, _action: &'static str, _name: &str) -> io::Result<()> {
        Ok(())
    }
}
