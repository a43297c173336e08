//! One running program.

use std::fs::{self, File};
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take: two slow cores that others use too.
const PATIENCE: Duration = Duration::from_secs(180);

/// A program that ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it in `directory`, where its output goes to `<name>.log`.
    ///
    /// setpriv (util-linux) keeps the process's id, and has the kernel end the process with the thread that started it:
    /// a test that is killed leaves nothing behind.
    pub(crate) fn start(name: &str, program: &Path, arguments: &[String], directory: &Path) -> Self {
        let log = directory.join(format!("{name}.log"));
        let output = File::create(&log).unwrap();
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        Self { child, log }
    }

    pub(crate) fn log(&self) -> String {
        let mut bytes = Vec::new();
        File::open(&self.log).unwrap().read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits until `is_ready`, or until the process has ended: then `false`.
    pub(crate) fn wait_until(&mut self, mut is_ready: impl FnMut(&Self) -> bool) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if self.ended().is_some() {
                return false;
            }
            if is_ready(self) {
                return true;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("{} is not ready after {PATIENCE:?}:\n{}", self.log.display(), tail(&self.log()));
    }

    /// The end of what it wrote.
    pub(crate) fn tail(&self) -> String {
        tail(&self.log())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// A port of 127.0.0.1 that nobody uses now, and that is given to nobody else here. Those that the system gives to connections
/// are left out: one could be taken before its server listens.
pub(crate) fn free_port() -> u16 {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 20_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Runs beside each other begin at different places.
    let ports =
        || FIRST + std::process::id().wrapping_mul(101).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
    let mut tried = std::iter::repeat_with(ports).take(COUNT as usize).filter_map(|port| u16::try_from(port).ok());
    tried.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

/// Waits until `happens`.
pub(crate) fn eventually(what: &str, mut happens: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !happens() {
        assert!(begin.elapsed() < PATIENCE, "{what} did not happen within {PATIENCE:?}");
        sleep(Duration::from_millis(100));
    }
}

/// Flags, of which the later ones take the place of those of the same names: values of lists would be joined.
pub(super) fn override_flags(mut flags: Vec<String>, later: &[String]) -> Vec<String> {
    let name = |flag: &str| flag.split('=').next().map(str::to_owned);
    flags.retain(|flag| !later.iter().any(|later| name(later) == name(flag)));
    flags.extend_from_slice(later);
    flags
}

/// Writes a file and says where it is.
pub(super) fn write(directory: &Path, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, contents).unwrap();
    path
}
