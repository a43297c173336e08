//! Who else may read or change what lies in a directory, as far as no rule says it: rules judge what a server is started
//! with, and know neither keys that were replaced nor the owner of a directory.

use std::fmt;
use std::path::{Path, PathBuf};

use super::layout::Layout;
use super::store::{Kept, Store, StoreError};
use crate::source::input::foreign_link;
use crate::system::{self, Status};

const READ_BY_OTHERS: u32 = 0o044;
const WRITE_BY_OTHERS: u32 = 0o022;

/// One thing that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hazard {
    /// A key that was replaced and that others than its owner can read or write.
    WideRetiredKey { name: String, mode: u32 },
    /// The same of a key that is in use.
    WideKey { name: &'static str, mode: u32 },
    /// A directory of somebody else than root and this user.
    ForeignDirectory { owner: u32 },
    /// A link on the way to the directory, or a directory above it, of somebody else, or one that everybody can write to.
    ForeignWay { path: PathBuf, why: &'static str },
    /// A served file with more names than one: its inode stays when it is replaced.
    HardLinks { file: &'static str, links: u64 },
}

/// What there is to say about a directory, and about those of its files that a server reads.
///
/// # Errors
/// When it cannot be read.
pub fn hazards<F: Layout>(store: &Store<'_>, served: &[F]) -> Result<Vec<Hazard>, StoreError> {
    let mut hazards = Vec::new();
    if let Some(status) = store.status(".")? {
        hazards.extend(of_directory(&status));
    }
    hazards.extend(of_way(store.path()));
    for file in served {
        if let Some(status) = store.status(file.name())?.filter(|status| status.links > 1) {
            hazards.push(Hazard::HardLinks { file: file.name(), links: status.links });
        }
    }
    let mut names = store.names()?;
    names.sort();
    for name in names {
        let is_key = name.parse::<Kept<F>>().is_ok_and(|kept| kept.file.is_key());
        let Some(status) = store.status(&name)?.filter(|_| is_key) else { continue };
        if status.mode & (READ_BY_OTHERS | WRITE_BY_OTHERS) != 0 {
            hazards.push(Hazard::WideRetiredKey { name, mode: status.mode });
        }
    }
    Ok(hazards)
}

/// Keys in use that others can read or write, where no rule looks at them: those of the front proxy have one.
///
/// # Errors
/// When it cannot be told.
pub fn wide_keys<F: Layout>(store: &Store<'_>) -> Result<Vec<Hazard>, StoreError> {
    let mut hazards = Vec::new();
    for file in F::PLACING.iter().filter(|file| file.is_key()) {
        let status = store.status(file.name())?;
        if let Some(status) = status.filter(|status| status.mode & (READ_BY_OTHERS | WRITE_BY_OTHERS) != 0) {
            hazards.push(Hazard::WideKey { name: file.name(), mode: status.mode });
        }
    }
    Ok(hazards)
}

/// Who can put another directory in the place of this one.
fn of_way(directory: &Path) -> Option<Hazard> {
    const WRITE_BY_ALL: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    if let Some(path) = foreign_link(directory) {
        return Some(Hazard::ForeignWay { path, why: "is a link of somebody else" });
    }
    let real = directory.canonicalize().ok()?;
    real.ancestors().skip(1).find_map(|above| {
        let status = system::status(&above.metadata().ok()?)?;
        let is_open = status.mode & WRITE_BY_ALL != 0 && status.mode & STICKY == 0;
        let why = match (status.is_foreign(), is_open) {
            (true, _) => "belongs to somebody else",
            (false, true) => "can be written to by everybody",
            (false, false) => return None,
        };
        Some(Hazard::ForeignWay { path: above.to_owned(), why })
    })
}

fn of_directory(status: &Status) -> Option<Hazard> {
    status.is_foreign().then_some(Hazard::ForeignDirectory { owner: status.owner })
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WideRetiredKey { name, mode } => {
                let what = if mode & WRITE_BY_OTHERS != 0 { "read or replace" } else { "read" };
                write!(
                    f,
                    "others than its owner can {what} a key that was replaced, {name} (mode {mode:04o}); remove it, or \
                     close it with `chmod 0600`, and take the key for stolen if they are not trusted"
                )
            }
            Self::WideKey { name, mode } => write!(
                f,
                "others than its owner can read or replace the key in {name} (mode {mode:04o}); close it with `chmod \
                 0600`, and make it anew if they are not trusted"
            ),
            Self::HardLinks { file, links } => write!(
                f,
                "{file} has {links} names (hard links): a running server notices its next change and none after that; \
                 keep copies instead, and restart the server once"
            ),
            Self::ForeignWay { path, why } => write!(
                f,
                "{}, on the way to the directory, {why}, who can put another directory in its place: give it to root, or \
                 choose another directory",
                path.display()
            ),
            Self::ForeignDirectory { owner } => write!(
                f,
                "the directory belongs to the user {owner}, who can replace what is in it; give it to root with `chown`"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::pki::PkiFile;
    use crate::pki::store::Unhindered;

    fn said(directory: &tempfile::TempDir) -> Vec<String> {
        let store = Store::open(directory.path(), &Unhindered).unwrap().unwrap();
        hazards(&store, &PkiFile::SERVED).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_retired_key_that_others_can_read_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, mode| {
            fs::write(directory.path().join(name), "").unwrap();
            fs::set_permissions(directory.path().join(name), Permissions::from_mode(mode)).unwrap();
        };
        write("front-proxy-client.key.2025-02-01T00-00-00Z", 0o600);
        write("front-proxy-ca.crt.2025-01-01T00-00-00Z", 0o644);
        write("apiserver.key", 0o666);
        assert_eq!(said(&directory), [""; 0]);
        write("front-proxy-ca.key.2025-01-01T00-00-00Z", 0o644);
        write("front-proxy-ca.crt", 0o644);
        fs::hard_link(directory.path().join("front-proxy-ca.crt"), directory.path().join("kept.crt")).unwrap();
        let [links, said] = said(&directory).try_into().unwrap();
        assert!(links.starts_with("front-proxy-ca.crt has 2 names"), "{links}");
        let said = [said];
        assert!(said[0].contains("read a key that was replaced, front-proxy-ca.key.2025"), "{said:?}");
    }

    #[test]
    fn a_directory_above_that_everybody_can_write_to_is_said() {
        let above = tempfile::tempdir().unwrap();
        let directory = above.path().join("pki");
        fs::create_dir(&directory).unwrap();
        let set = |mode| fs::set_permissions(above.path(), Permissions::from_mode(mode)).unwrap();
        set(0o777);
        let hazard = of_way(&directory).unwrap();
        let path = above.path().canonicalize().unwrap();
        assert_eq!(hazard, Hazard::ForeignWay { path, why: "can be written to by everybody" });
        assert!(hazard.to_string().contains(", on the way to the directory, can be written to"), "{hazard}");
        for mode in [0o1777, 0o775] {
            set(mode);
            assert_eq!(of_way(&directory), None, "{mode:o}");
        }
    }

    #[test]
    fn a_directory_of_somebody_else_is_said() {
        let status = |owner| Status { mode: 0o755, owner, group: 0, links: 2 };
        let another = system::user() + 1;
        assert_eq!(of_directory(&status(another)), Some(Hazard::ForeignDirectory { owner: another }));
        assert_eq!(of_directory(&status(system::user())), None);
        assert_eq!(of_directory(&status(0)), None);
    }
}
