//! What a process must be like before it holds a private key.

use std::io;

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

/// Keeps private keys out of core dumps, and what is written readable for its owner, whatever the umask says.
///
/// # Errors
/// When the system does not let a process forbid its own core dumps.
pub fn prepare() -> io::Result<()> {
    let maximum = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?;
    // The limit does not hold where core dumps go into a pipe (core(5)), to systemd-coredump for example.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    let inherited = umask(Mode::RWXU | Mode::RWXG | Mode::RWXO);
    umask(inherited.difference(Mode::RWXU));
    Ok(())
}
