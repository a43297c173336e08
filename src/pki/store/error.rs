//! Why the store could not do what it was asked for.

use std::io;
use std::path::PathBuf;

/// Far above any certificate bundle, so that a file given by mistake does not fill the memory.
pub(super) const MAX_FILE_SIZE: u64 = 1024 * 1024;

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
    #[error("{} is larger than {} KiB, which no certificate or key is", .0.display(), MAX_FILE_SIZE / 1024)]
    TooLarge(PathBuf),
    #[error(
        "{} has appeared while aggcert was at work, and is not overwritten\nhelp: move it away and run the same command \
         again: it finishes what it has begun", .0.display()
    )]
    InTheWay(PathBuf),
    /// A running kube-apiserver watches the inode behind the link (inotify follows it; k8s.io/apiserver,
    /// `DynamicFileCAContent.watchCAFile`), which a rename over the link does not touch: it would not notice.
    #[error(
        "{} is a symbolic link to {}, so what reads that file, such as a running server, would not notice that it is \
         replaced\nhelp: run the command on the directory that holds the files themselves, or put copies of them in the \
         place of the links and restart what reads them", path.display(), target.display()
    )]
    Link { path: PathBuf, target: PathBuf },
    #[error(
        "{} is not a directory that an interrupted run of this user has left behind (of the same owner, mode 0700)\
         \nhelp: if another user's run was interrupted, run the same command as that user; otherwise move it away",
        .0.display()
    )]
    NotOurs(PathBuf),
    #[error(
        "{} holds what this command has not written: {reason}\nhelp: finish with the command and the version that was \
         interrupted, or move the directory away after a look at what is in it", path.display()
    )]
    Unknown { path: PathBuf, reason: String },
}

/// `io::Error` with the number left out.
pub(in crate::pki) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}
