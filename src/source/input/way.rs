//! Who decides where a path leads.

use std::fs;
use std::path::{Path, PathBuf};

use crate::system;

/// How many links Linux follows (path_resolution(7)).
const MAXIMUM_LINKS: usize = 40;

/// A symbolic link on the way to a file, or the last of the path itself, that belongs neither to this user nor to root: who
/// owns it decides where the path leads.
pub fn foreign_link(path: &Path) -> Option<PathBuf> {
    foreign_link_of(path, &|link| {
        fs::symlink_metadata(link)
            .ok()
            .and_then(|there| system::status(&there))
            .is_some_and(|status| status.is_foreign())
    })
}

fn foreign_link_of(path: &Path, is_foreign: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
    let mut left = MAXIMUM_LINKS;
    follow(path, is_foreign, &mut left)
}

/// `left`: how many links may still be followed.
fn follow(path: &Path, is_foreign: &dyn Fn(&Path) -> bool, left: &mut usize) -> Option<PathBuf> {
    let mut parts: Vec<&Path> = path.ancestors().filter(|part| !part.as_os_str().is_empty()).collect();
    parts.reverse();
    for link in parts.into_iter().filter(|part| part.is_symlink()) {
        if is_foreign(link) {
            return Some(link.to_owned());
        }
        *left = left.checked_sub(1)?;
        let target = link.parent().unwrap_or(Path::new("")).join(fs::read_link(link).ok()?);
        if let Some(found) = follow(&target, is_foreign, left) {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn each_link_on_the_way_is_looked_at() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("real")).unwrap();
        symlink("real", at("theirs")).unwrap();
        symlink("theirs/file", at("mine")).unwrap();
        symlink(at("theirs"), at("absolute")).unwrap();
        symlink("round", at("round")).unwrap();
        let found = |name: &str| foreign_link_of(&at(name), &|link| link.ends_with("theirs"));
        for name in ["theirs", "theirs/file", "theirs/../real/x", "mine", "absolute", "absolute/x"] {
            assert_eq!(found(name), Some(at("theirs")), "{name}");
        }
        for name in ["real/x", "nowhere", "round"] {
            assert_eq!(found(name), None, "{name}");
        }
        assert_eq!(foreign_link(&at("theirs")), None);
    }
}
