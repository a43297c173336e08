//! The files on disk, changed all together or not at all.
//!
//! A change of up to four files cannot be one system call, so it is made one with a directory whose name is a journal:
//!
//! 1. `.aggcert-init.new/` (0700) gets all new files and `journal.json`, which lists what takes whose place. Everything
//!    is flushed to the disk. A kill until here leaves the old state; the next run throws the directory away.
//! 2. It is renamed to `.aggcert-init.ready/`. This is the moment of decision.
//! 3. Old files move to their dated names: certificate before key, so that no certificate is ever beside a foreign key.
//! 4. New files move to their names: key before certificate, for the same reason.
//! 5. The directory goes. A kill between 2 and 5 leaves a `.ready` directory; the next run reads its journal and
//!    continues with what was not done.
//!
//! Nothing is overwritten at any step: each rename refuses to replace, so that even a file that somebody puts there in
//! between is safe. No symbolic link is followed below the directory when writing. Two runs at once take turns: each
//! holds `flock` on the directory.

mod directory;
mod journal;

use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::macros::format_description;
use zeroize::Zeroizing;

use super::layout::PkiFile;
use directory::{Directory, Flush};
use journal::{JOURNAL, Journal, Retirement};

const NEW: &str = ".aggcert-init.new";
const READY: &str = ".aggcert-init.ready";

/// A key is the owner's alone.
const KEY_MODE: u32 = 0o600;
/// Certificates are public; the umask may say otherwise.
const CERTIFICATE_MODE: u32 = 0o644;

/// What happens to the files of a directory.
#[derive(Debug, Default)]
pub struct Change {
    /// Files that are there and make room.
    pub retire: Vec<PkiFile>,
    /// Files to write, with their contents.
    pub place: Vec<(PkiFile, Zeroizing<Vec<u8>>)>,
}

/// A file that was kept under another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub file: PkiFile,
    /// `front-proxy-ca.key.2026-11-21T20-15-03Z`
    pub name: String,
}

/// What an interrupted run had left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    Nothing,
    /// It had not decided yet: its files are gone, the old state stands.
    Discarded,
    /// It had decided: its change was carried to the end.
    Finished(Vec<Kept>),
}

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

/// Why the store could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("cannot {action} {}: {}", path.display(), reason(error))]
    System { action: &'static str, path: PathBuf, error: io::Error },
    #[error("{} is not a directory\nhelp: give the directory that holds, or is to hold, the files", .0.display())]
    NotADirectory(PathBuf),
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    #[error("{} is larger than {} KiB, which no certificate or key is", .0.display(), directory::MAX_FILE_SIZE / 1024)]
    TooLarge(PathBuf),
    #[error(
        "{} has appeared while init was at work, and is not overwritten\nhelp: move it away and run init again: it \
         finishes what it has begun", .0.display()
    )]
    InTheWay(PathBuf),
    #[error(
        "{} is not a directory that this user's `aggcert init` has left behind (of the same owner, mode 0700)\
         \nhelp: if an interrupted init of another user made it, run init as that user; otherwise move it away",
        .0.display()
    )]
    NotOurs(PathBuf),
    #[error(
        "{} holds what this version of aggcert has not written: {reason}\nhelp: finish with the version that was \
         interrupted, or move the directory away after a look at what is in it", path.display()
    )]
    Journal { path: PathBuf, reason: String },
}

/// `io::Error` with the number left out.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}

/// A PKI directory.
pub struct Store<'a> {
    directory: Directory<'a>,
}

impl<'a> Store<'a> {
    /// Opens a directory; `None`: there is nothing of that name. A symbolic link to a directory is followed: it is the
    /// user who named it.
    ///
    /// # Errors
    /// When it is no directory, or cannot be opened.
    pub fn open(path: &Path, steps: &'a dyn Steps) -> Result<Option<Self>, StoreError> {
        Ok(Directory::open(path, steps)?.map(|directory| Self { directory }))
    }

    /// Opens a directory; makes it, and those above it, when it is not there, with mode 0755 as kubeadm does.
    ///
    /// # Errors
    /// When it is no directory, or cannot be made or opened.
    pub fn create(path: &Path, steps: &'a dyn Steps) -> Result<Self, StoreError> {
        directory::create_all(path, steps)?;
        Self::open(path, steps)?.ok_or_else(|| StoreError::System {
            action: "open",
            path: path.to_owned(),
            error: io::ErrorKind::NotFound.into(),
        })
    }

    /// Holds the directory for this run until the store is dropped, however the process ends. `false`: another run
    /// holds it.
    ///
    /// # Errors
    /// When the file system cannot lock.
    pub fn try_lock(&self) -> Result<bool, StoreError> {
        self.directory.try_lock()
    }

    /// As [`Store::try_lock`], but waits.
    ///
    /// # Errors
    /// When the file system cannot lock.
    pub fn lock(&self) -> Result<(), StoreError> {
        self.directory.lock()
    }

    /// The contents of a file; `None`: it is not there. The bytes may be a key's, so they are wiped when dropped. A
    /// symbolic link is followed here: reading through it harms nobody, and some keep their files so.
    ///
    /// # Errors
    /// When it cannot be read, is no regular file, or is far too large.
    pub fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.directory.read(name)
    }

    /// Whether a run was interrupted after its decision, so that the files are not what they are going to be.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn is_interrupted(&self) -> Result<bool, StoreError> {
        self.directory.has(READY)
    }

    /// Finishes or throws away what an interrupted run has left behind. To be called with the lock held.
    ///
    /// # Errors
    /// When the leftover is not of this user, or the disk fails.
    pub fn recover(&self) -> Result<Recovery, StoreError> {
        let mut recovery = Recovery::Nothing;
        if let Some(ready) = self.directory.private_subdirectory(READY)? {
            recovery = Recovery::Finished(self.roll_forward(&ready)?);
        }
        if let Some(new) = self.directory.private_subdirectory(NEW)? {
            self.discard(&new)?;
            if recovery == Recovery::Nothing {
                recovery = Recovery::Discarded;
            }
        }
        Ok(recovery)
    }

    /// Changes the directory. To be called with the lock held, and nothing to recover.
    ///
    /// # Errors
    /// When the disk fails or is full. Until [`Store::is_interrupted`] says otherwise, nothing has changed then.
    pub fn commit(&self, change: &Change, now: OffsetDateTime) -> Result<Vec<Kept>, StoreError> {
        let journal = self.journal(change, now)?;
        let staged = self.stage(change, &journal);
        if let Err(error) = staged {
            // Whatever this cannot remove, the next run does.
            if let Ok(Some(new)) = self.directory.private_subdirectory(NEW) {
                let _ = self.discard(&new);
            }
            return Err(error);
        }
        match self.directory.private_subdirectory(READY)? {
            Some(ready) => self.roll_forward(&ready),
            None => Err(StoreError::NotOurs(self.directory.path().join(READY))),
        }
    }

    /// Steps 1 and 2.
    fn stage(&self, change: &Change, journal: &Journal) -> Result<(), StoreError> {
        let new = self.directory.make_private_subdirectory(NEW)?;
        let mut files = Vec::new();
        for (file, contents) in &change.place {
            let mode = if file.is_key() { KEY_MODE } else { CERTIFICATE_MODE };
            files.push(new.create_file(file.name(), mode, contents)?);
        }
        files.push(new.create_file(JOURNAL, KEY_MODE, &journal.to_bytes())?);
        let mut written = vec![&new as &dyn Flush];
        written.extend(files.iter().map(|file| file as &dyn Flush));
        flush(&written)?;
        self.directory.rename(NEW, &self.directory, READY)?;
        self.directory.flush()
    }

    /// Steps 3 to 5, each of which may have been done before.
    fn roll_forward(&self, ready: &Directory<'_>) -> Result<Vec<Kept>, StoreError> {
        let Some(bytes) = ready.read(JOURNAL)? else {
            // Step 5 had got as far as this; if not, removing the directory fails because it is not empty.
            ready.flush()?;
            self.directory.remove_directory(READY)?;
            return Ok(Vec::new());
        };
        let journal = Journal::from_bytes(&bytes)
            .map_err(|reason| StoreError::Journal { path: ready.path().to_owned(), reason })?;
        for retirement in &journal.retire {
            self.retire(retirement, &journal, ready)?;
        }
        if !journal.retire.is_empty() {
            // The disk must not see a new file beside an old one, either.
            self.directory.flush()?;
        }
        for file in &journal.place {
            self.place(*file, ready)?;
        }
        flush(&[&self.directory, ready])?;
        ready.remove_file(JOURNAL)?;
        self.directory.remove_directory(READY)?;
        Ok(journal.retire.into_iter().map(|retirement| Kept { file: retirement.file, name: retirement.name }).collect())
    }

    fn retire(&self, retirement: &Retirement, journal: &Journal, ready: &Directory<'_>) -> Result<(), StoreError> {
        let name = retirement.file.name();
        // The one of that name is the new one when it is no longer among the files to be placed.
        let is_placed = journal.place.contains(&retirement.file) && !ready.has(name)?;
        if is_placed || self.directory.has(&retirement.name)? && !self.directory.same_file(name, &retirement.name)? {
            return Ok(());
        }
        self.directory.move_file(name, &self.directory, &retirement.name)
    }

    fn place(&self, file: PkiFile, ready: &Directory<'_>) -> Result<(), StoreError> {
        ready.move_file(file.name(), &self.directory, file.name())
    }

    fn discard(&self, new: &Directory<'_>) -> Result<(), StoreError> {
        for name in PkiFile::ALL.map(PkiFile::name).into_iter().chain([JOURNAL]) {
            new.remove_file(name)?;
        }
        self.directory.remove_directory(NEW)
    }

    fn journal(&self, change: &Change, now: OffsetDateTime) -> Result<Journal, StoreError> {
        use PkiFile::{CaCertificate, CaKey, ClientCertificate, ClientKey};
        let is_placed = |file: &PkiFile| change.place.iter().any(|(placed, _)| placed == file);
        let place = [CaKey, CaCertificate, ClientKey, ClientCertificate].into_iter().filter(is_placed).collect();
        let mut retire = [ClientCertificate, ClientKey, CaCertificate, CaKey]
            .into_iter()
            .filter(|file| change.retire.contains(file))
            .map(|file| Retirement { file, name: String::new() })
            .collect::<Vec<_>>();
        self.name_retired(&mut retire, now)?;
        Ok(Journal::new(retire, place))
    }

    /// One date for all files of a run, and a number behind it when the second has seen a run before.
    fn name_retired(&self, retire: &mut [Retirement], now: OffsetDateTime) -> Result<(), StoreError> {
        let format = format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]Z");
        let date =
            now.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_else(|_| now.unix_timestamp().to_string());
        let mut suffix = date.clone();
        for number in 2.. {
            for retirement in retire.iter_mut() {
                retirement.name = format!("{}.{suffix}", retirement.file);
            }
            let mut taken = false;
            for retirement in retire.iter() {
                taken |= self.directory.has(&retirement.name)?;
            }
            if !taken {
                break;
            }
            suffix = format!("{date}.{number}");
        }
        Ok(())
    }
}

/// All at once: the file system then writes its journal once for all of them, not once for each.
fn flush(items: &[&dyn Flush]) -> Result<(), StoreError> {
    std::thread::scope(|scope| {
        let threads = items.iter().map(|item| scope.spawn(|| item.flush())).collect::<Vec<_>>();
        let results = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        results.collect::<Vec<_>>().into_iter().collect()
    })
}

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.directory.path()).finish()
    }
}
