//! The files on disk, changed all together or not at all.
//!
//! A change of several files cannot be one system call, so it is made one with a directory whose name is a journal:
//!
//! 1. `.aggcert-init.new/` (0700) gets all new files, and copies of the files that make room, under the dated names that
//!    they are going to have. Everything is flushed to the disk. A kill until here leaves the old state; the next run
//!    throws the directory away.
//! 2. It is renamed to `.aggcert-init.ready/`. This is the moment of decision.
//! 3. New files are renamed over the old ones, key before certificate and back to back; those without a copy are last.
//! 4. What makes room for nothing is removed, and the copies move to their dated names.
//! 5. The directory goes. A kill between 2 and 5 leaves a `.ready` directory; the next run continues with what is left
//!    in it. Where somebody has replaced a file meanwhile, before step 3 began, it is renamed to `.aggcert-init.overtaken/`,
//!    and of it only the copies are kept.
//!
//! A running kube-apiserver watches the inode (fsnotify; k8s.io/apiserver, `DynamicFileCAContent.watchCAFile`). It notices
//! a rename over the name, because the old inode goes then. It would not notice the next change of a file that was
//! renamed away, nor any of one that another hard link keeps: hence copies. Between the two renames of a pair it keeps
//! the pair that it has, but one that starts then would fail: hence back to back, and finished by the next run.
//!
//! What has no copy is not overwritten, unless it is made of files that have one: a file that somebody puts there in between is safe, whether it is new or takes
//! the place of the one that was copied. No symbolic link is followed below the directory when writing. Two runs at once
//! take turns: each holds `flock` on the directory.

mod change;
mod directory;
mod error;
mod staged;
mod steps;

use std::cmp::Reverse;
use std::io;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::layout::Layout;
use crate::system::Status;
use crate::x509::PrivateKey;
pub use change::{Change, Kept, Recovery};
use directory::{Directory, Flush, NewFile};
pub use error::StoreError;
pub(super) use error::reason;
use staged::{Staged, dated};
pub use steps::{Steps, Unhindered};

const NEW: &str = ".aggcert-init.new";
const READY: &str = ".aggcert-init.ready";
/// A change that was decided, and that somebody has overtaken since.
const OVERTAKEN: &str = ".aggcert-init.overtaken";

/// A key is the owner's alone.
const KEY_MODE: u32 = 0o600;
/// Certificates are public; the umask may say otherwise.
const CERTIFICATE_MODE: u32 = 0o644;
/// What of a mode is kept: no set-user-ID, which means nothing for these files.
const PERMISSIONS: u32 = 0o777;

/// A directory whose files are changed all together.
pub struct Store<'a> {
    directory: Directory<'a>,
    /// Those in which [`Store::create`] has made others, whose names are flushed with the first files.
    above: Vec<Directory<'a>>,
}

impl<'a> Store<'a> {
    /// Opens a directory; `None`: there is nothing of that name. A symbolic link to a directory is followed: it is the
    /// user who named it.
    ///
    /// # Errors
    /// When it is no directory, or cannot be opened.
    pub fn open(path: &Path, steps: &'a dyn Steps) -> Result<Option<Self>, StoreError> {
        Ok(Directory::open(path, steps)?.map(|directory| Self { directory, above: Vec::new() }))
    }

    /// Opens a directory; makes it, and those above it, when it is not there, with mode 0755 as kubeadm does.
    ///
    /// # Errors
    /// When it is no directory, or cannot be made or opened.
    pub fn create(path: &Path, steps: &'a dyn Steps) -> Result<Self, StoreError> {
        let mut above = directory::create_all(path, steps)?;
        let store = Self::open(path, steps)?.ok_or_else(|| StoreError::System {
            action: "open",
            path: path.to_owned(),
            error: io::ErrorKind::NotFound.into(),
        })?;
        // A run before this one may have made it, and have ended before its name was flushed.
        if above.is_empty() && store.names()?.iter().all(|name| name.starts_with('.')) {
            above.extend(directory::above(path, steps)?);
        }
        Ok(Self { above, ..store })
    }

    /// Holds the directory for this run until the store is dropped, however the process ends. `false`: another run
    /// holds it.
    ///
    /// # Errors
    /// When the file system cannot lock.
    pub fn try_lock(&self) -> Result<bool, StoreError> {
        self.directory.try_lock()
    }

    /// The contents of a file; `None`: it is not there. The bytes may be a key's, so they are wiped when dropped. A
    /// symbolic link is followed here: reading through it harms nobody, and some keep their files so.
    ///
    /// # Errors
    /// When it cannot be read, is no regular file, or is far too large.
    pub fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.directory.read(name)
    }

    /// As it was given.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Mode, owner and number of links of a file, or of the directory itself (`.`); `None`: it is not there, or the
    /// system has no such thing. Of a symbolic
    /// link, those of what it leads to.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn status(&self, name: &str) -> Result<Option<Status>, StoreError> {
        self.directory.status(name)
    }

    /// The names in the directory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn names(&self) -> Result<Vec<String>, StoreError> {
        self.directory.names()
    }

    /// The dated copies that lie in the directory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn kept<F: Layout>(&self) -> Result<Vec<Kept<F>>, StoreError> {
        let mut kept = self.names()?.iter().filter_map(|name| name.parse().ok()).collect::<Vec<Kept<F>>>();
        kept.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(kept)
    }

    /// The names of files that look like copies of ours, and that no run has written.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn copies_of_others<F: Layout>(&self) -> Result<Vec<String>, StoreError> {
        let is_of = |name: &str, file: &F| name.strip_prefix(file.name()).is_some_and(|rest| !rest.is_empty());
        let is_copy =
            |name: &String| F::PLACING.iter().any(|file| is_of(name, file)) && name.parse::<Kept<F>>().is_err();
        let mut names = self.names()?.into_iter().filter(is_copy).collect::<Vec<_>>();
        names.sort();
        Ok(names)
    }

    /// Removes dated copies for good. To be called with the lock held.
    ///
    /// Keys go first, and are gone from the disk before any certificate goes; what was placed first goes last, which is the CA.
    /// Who comes after an interruption finds by that what there is left to do.
    ///
    /// # Errors
    /// When the disk fails; those before have gone then.
    pub fn destroy<F: Layout>(&self, kept: &[Kept<F>]) -> Result<(), StoreError> {
        let (mut keys, mut certificates): (Vec<_>, Vec<_>) = kept.iter().partition(|kept| kept.file.is_key());
        for copies in [&mut keys, &mut certificates] {
            copies.sort_by_key(|kept| Reverse(F::PLACING.iter().position(|file| *file == kept.file)));
            copies.iter().try_for_each(|kept| self.directory.remove_file(&kept.name))?;
            self.directory.flush()?;
        }
        Ok(())
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
    pub fn recover<F: Layout>(&self) -> Result<Recovery<F>, StoreError> {
        let mut recovery = Recovery::Nothing;
        if let Some(ready) = self.directory.private_subdirectory(READY)? {
            if self.is_overtaken::<F>(&ready)? {
                self.directory.rename(READY, &self.directory, OVERTAKEN)?;
            } else {
                recovery = Recovery::Finished(self.roll_forward(&ready)?);
            }
        }
        if let Some(overtaken) = self.directory.private_subdirectory(OVERTAKEN)? {
            self.give_up::<F>(&overtaken)?;
            recovery = Recovery::Discarded;
        }
        if let Some(new) = self.directory.private_subdirectory(NEW)? {
            self.discard(&new)?;
            if recovery == Recovery::Nothing {
                recovery = Recovery::Discarded;
            }
        }
        Ok(recovery)
    }

    /// Whether somebody has put another file in the place of one that was to make room, before any was replaced: months may
    /// lie between a run that was killed and the next, and what was put there since is what counts.
    fn is_overtaken<F: Layout>(&self, ready: &Directory<'_>) -> Result<bool, StoreError> {
        let staged = Staged::<F>::from_names(ready.names()?).map_err(|reason| unknown(ready, reason))?;
        let mut is_overtaken = false;
        for copy in &staged.copies {
            let differs = self.directory.has(copy.file.name())? && !self.is_copied(copy, ready)?;
            // What has no new file waiting any more was replaced by it.
            if differs && !staged.place.contains(&copy.file) {
                return Ok(false);
            }
            is_overtaken |= differs;
        }
        Ok(is_overtaken)
    }

    /// What was prepared goes; the copies of what was there before stay, as they may be the last.
    fn give_up<F: Layout>(&self, overtaken: &Directory<'_>) -> Result<(), StoreError> {
        for name in overtaken.names()? {
            match name.parse::<Kept<F>>() {
                Ok(_) => overtaken.move_file(&name, &self.directory, &name)?,
                Err(_) => overtaken.remove_file(&name)?,
            }
        }
        self.directory.flush()?;
        self.directory.remove_directory(OVERTAKEN)
    }

    /// What of a change is left to do. A file that holds already what is to be placed stays as it is: its copy could not
    /// be told from it, and [`Store::recover`] goes by what has been copied.
    ///
    /// # Errors
    /// When a file that is to be replaced is a symbolic link, see [`StoreError::Link`].
    pub fn pending<F: Layout>(&self, mut change: Change<F>) -> Result<Change<F>, StoreError> {
        let is_there = |file: &F, contents: &Zeroizing<Vec<u8>>| {
            self.directory.read(file.name()).is_ok_and(|there| there.as_ref() == Some(contents))
        };
        let mut stays = Vec::new();
        for (file, contents) in &change.place {
            if change.replaces(file) && is_there(file, contents) {
                stays.push(*file);
            } else if change.replaces(file) {
                self.refuse_link(*file)?;
            }
        }
        change.place.retain(|(file, _)| !stays.contains(file));
        change.retire.retain(|file| !stays.contains(file));
        change.overwrite.retain(|file| !stays.contains(file));
        Ok(change)
    }

    /// What a change would refuse that makes room for these.
    ///
    /// # Errors
    /// When one of them is a symbolic link, see [`StoreError::Link`].
    pub fn refuse_links<F: Layout>(&self, files: &[F]) -> Result<(), StoreError> {
        files.iter().try_for_each(|file| self.refuse_link(*file))
    }

    /// Nobody reads through a link that leads nowhere.
    fn refuse_link<F: Layout>(&self, file: F) -> Result<(), StoreError> {
        let path = self.directory.path().join(file.name());
        match self.directory.link_target(file.name())? {
            Some(_) if path.exists() => {
                let target = path.canonicalize().unwrap_or_else(|_| path.clone());
                Err(StoreError::Link { path, target })
            }
            _ => Ok(()),
        }
    }

    /// Changes the directory, as far as there is something to do. To be called with the lock held, and nothing to
    /// recover.
    ///
    /// # Errors
    /// When a file is a link, or the disk fails or is full. Until [`Store::is_interrupted`] says otherwise, nothing has
    /// changed then.
    pub fn commit<F: Layout>(&self, change: &Change<F>, now: OffsetDateTime) -> Result<Vec<Kept<F>>, StoreError> {
        let change = &self.pending(change.clone())?;
        if change.is_empty() {
            return Ok(Vec::new());
        }
        let copies = dated(&change.retire, now, |name| self.directory.has(name))?;
        let place = change.place.iter().map(|(file, _)| *file);
        let staged = Staged::new(place, copies, change.remove.clone(), change.overwrite.clone());
        if let Err(error) = self.stage(change, &staged) {
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
    ///
    /// Where nothing makes room, two flushes are spared: nothing can be lost then, and a file system that has seen a
    /// rename has seen what was done in it before.
    fn stage<F: Layout>(&self, change: &Change<F>, staged: &Staged<F>) -> Result<(), StoreError> {
        let new = self.directory.make_private_subdirectory(NEW)?;
        let mut files = Vec::new();
        for (file, contents) in &change.place {
            files.push(self.stage_new(&new, *file, contents, change.replaces(file))?);
        }
        for copy in &staged.copies {
            files.extend(self.stage_copy(&new, copy)?);
        }
        for file in &staged.remove {
            files.push(new.create_file(&staged::gone(*file), KEY_MODE, &[])?);
        }
        for file in &staged.overwrite {
            files.push(new.create_file(&staged::over(*file), KEY_MODE, &[])?);
        }
        let above = self.above.iter().map(|directory| directory as &dyn Flush);
        let mut written = files.iter().map(|file| file as &dyn Flush).chain(above).collect::<Vec<_>>();
        if staged.replaces() {
            written.push(&new);
        }
        flush(&written)?;
        self.directory.rename(NEW, &self.directory, READY)?;
        if staged.replaces() { self.directory.flush() } else { Ok(()) }
    }

    /// A file that takes another's place has its owner, and who may use it.
    fn stage_new<'d, F: Layout>(
        &self,
        new: &'d Directory<'d>,
        file: F,
        contents: &[u8],
        replaces: bool,
    ) -> Result<NewFile<'d>, StoreError> {
        let replaced = if replaces { self.directory.status(file.name())? } else { None };
        let staged = new.create_file(file.name(), initial_mode(file), contents)?;
        let Some(replaced) = replaced else { return Ok(staged) };
        staged.give_to(replaced.owner, replaced.group)?;
        if F::KEYS_KEEP_MODE || !file.is_key() {
            staged.set_mode(replaced.mode & PERMISSIONS)?;
            if let Some(list) = self.directory.access_list(file.name())? {
                staged.set_access_list(&list)?;
            }
        }
        Ok(staged)
    }

    /// A link is copied as a link: what it leads to stays where it is.
    fn stage_copy<'d, F: Layout>(
        &self,
        new: &'d Directory<'d>,
        copy: &Kept<F>,
    ) -> Result<Option<NewFile<'d>>, StoreError> {
        let name = copy.file.name();
        if let Some(target) = self.directory.link_target(name)? {
            new.create_link(&copy.name, &target)?;
            return Ok(None);
        }
        let Some(contents) = self.directory.read(name)? else { return Ok(None) };
        // A file of certificates may hold a key all the same.
        let mode = match initial_mode(copy.file) {
            CERTIFICATE_MODE if PrivateKey::from_pem(&contents).is_ok() => KEY_MODE,
            mode => mode,
        };
        new.create_file(&copy.name, mode, &contents).map(Some)
    }

    /// Steps 3 to 5, each of which may have been done before.
    fn roll_forward<F: Layout>(&self, ready: &Directory<'_>) -> Result<Vec<Kept<F>>, StoreError> {
        let staged = Staged::<F>::from_names(ready.names()?).map_err(|reason| unknown(ready, reason))?;
        for file in &staged.place {
            self.may_go(*file, &staged, ready)?;
        }
        for file in &staged.place {
            self.place(*file, &staged, ready)?;
        }
        for copy in &staged.copies {
            let name = copy.file.name();
            // The new file, which has just been placed, is another one: see `pending`.
            if self.is_copied(copy, ready)? {
                self.directory.remove_file(name)?;
            }
            ready.move_file(&copy.name, &self.directory, &copy.name)?;
        }
        for file in &staged.remove {
            self.directory.remove_file(file.name())?;
            ready.remove_file(&staged::gone(*file))?;
        }
        for file in &staged.overwrite {
            ready.remove_file(&staged::over(*file))?;
        }
        self.directory.flush()?;
        self.directory.remove_directory(READY)?;
        Ok(staged.copies)
    }

    /// Whether the place of a file is free, or what is there was copied.
    fn may_go<F: Layout>(&self, file: F, staged: &Staged<F>, ready: &Directory<'_>) -> Result<(), StoreError> {
        let name = file.name();
        if !self.directory.has(name)? || directory::same_file((ready, name), (&self.directory, name))? {
            return Ok(());
        }
        match staged.copy_of(file) {
            _ if staged.overwrite.contains(&file) => Ok(()),
            Some(copy) if self.is_copied(copy, ready)? => Ok(()),
            _ => Err(StoreError::InTheWay(self.directory.path().join(name))),
        }
    }

    fn place<F: Layout>(&self, file: F, staged: &Staged<F>, ready: &Directory<'_>) -> Result<(), StoreError> {
        let name = file.name();
        if staged.copy_of(file).is_some() || staged.overwrite.contains(&file) {
            ready.rename_over(name, &self.directory)
        } else {
            ready.move_file(name, &self.directory, name)
        }
    }

    /// Whether the file of that name is still the one of which `copy` was made.
    fn is_copied<F: Layout>(&self, copy: &Kept<F>, ready: &Directory<'_>) -> Result<bool, StoreError> {
        let name = copy.file.name();
        match (self.directory.link_target(name)?, ready.link_target(&copy.name)?) {
            (None, None) => {
                let there = self.directory.read(name)?;
                Ok(there.is_some() && there == ready.read(&copy.name)?)
            }
            (one, other) => Ok(one == other),
        }
    }

    fn discard(&self, new: &Directory<'_>) -> Result<(), StoreError> {
        for name in new.names()? {
            new.remove_file(&name)?;
        }
        self.directory.remove_directory(NEW)
    }
}

fn unknown(directory: &Directory<'_>, reason: String) -> StoreError {
    StoreError::Unknown { path: directory.path().to_owned(), reason }
}

fn initial_mode(file: impl Layout) -> u32 {
    if file.is_key() { KEY_MODE } else { CERTIFICATE_MODE }
}

/// All at once: the file system then writes its journal once for all of them, not once for each.
fn flush<'a>(items: &'a [&'a dyn Flush]) -> Result<(), StoreError> {
    let Some((own, others)) = items.split_first() else { return Ok(()) };
    thread::scope(|scope| {
        let start = |item: &'a &dyn Flush| thread::Builder::new().spawn_scoped(scope, || item.flush());
        let threads = others.iter().map(|item| (item, start(item))).collect::<Vec<_>>();
        let own = own.flush();
        let results = threads.into_iter().map(|(item, thread)| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // The system may refuse another thread.
            Err(_) => item.flush(),
        });
        std::iter::once(own).chain(results).collect::<Vec<_>>().into_iter().collect()
    })
}

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.directory.path()).finish()
    }
}
